package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.config.Config.KekLocation;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Audited actions are refused while the audit log cannot be written. */
class UnwritableAuditLogTest {
  private static final List<String> TABLES =
      List.of(
          "api_keys",
          "audit_events",
          "data_keys",
          "invitations",
          "members",
          "one_time_links",
          "settings",
          "users",
          "workspaces");

  @TempDir private Path folder = Path.of("");

  @Test
  void nothing_is_shown_exported_or_changed_without_an_audit_entry() {
    try (var database = TestDatabase.create();
        var app = RunningApp.on(database, new KekLocation.Generated(folder.resolve("kek")))) {
      var admin = app.administrator();
      admin.post("/keys/samples");
      var key =
          admin.get("/keys").page().select("a[href]").eachAttr("href").stream()
              .filter(href -> href.matches("/keys/[0-9a-f-]{36}"))
              .findFirst()
              .orElseThrow();
      admin.post("/settings/people", "email", "eve@example.org", "role", "viewer");
      database.asOwner("revoke insert on audit_events from keywheel_app");
      var before = rows(database);

      assertRefused(admin, key + "/revelation", "password", WebApp.PASSWORD);
      assertRefused(admin, key + "/name", "name", "other");
      assertRefused(admin, key + "/disablement");
      assertRefused(admin, "/settings/audit/csv");
      assertRefused(
          admin, "/settings/audit/proof/export", "from", "2020-01-01", "to", "2100-01-01");
      assertRefused(admin, "/settings/audit/proof/signing-key");
      assertRefused(admin, "/settings/encryption/rotation");
      assertRefused(admin, "/settings/encryption/data-key/rotation");
      assertRefused(admin, "/settings/people", "email", "mallory@example.org", "role", "admin");
      assertRefused(admin, "/settings/people/invitations/withdrawal", "email", "eve@example.org");
      assertRefused(admin, "/settings/workspaces", "name", "Garden");
      assertRefused(
          app.browser(), "/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD, "next", "/");
      assertThat(rows(database)).isEqualTo(before);
    }
  }

  private static void assertRefused(HttpBrowser browser, String path, String... fields) {
    var answer = browser.post(path, fields);
    assertThat(answer.status()).as("%s: %s", path, answer.text()).isGreaterThanOrEqualTo(500);
    assertThat(answer.body()).as(path).doesNotContain("sk-or-demo-", "token=", "entry,at,who");
  }

  private static TreeMap<String, String> rows(TestDatabase database) {
    var rows = new TreeMap<>(Rows.of(database));
    rows.keySet().retainAll(TABLES);
    assertThat(rows).hasSameSizeAs(TABLES);
    return rows;
  }
}

package dev.keywheel.web.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.pool.KeySecrets;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Session;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.secret.DataKeyRotation;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The page of the key-encryption keys and the data key. */
@Tag("full")
class EncryptionPagesTest {
  @RegisterExtension final Chromium chromium = new Chromium();
  @TempDir private Path folder;
  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();
  @AutoClose private WebApp app;
  private HttpBrowser browser;

  @BeforeEach
  void start() {
    app = WebApp.start(database, clock, parts -> List.of(encryption(parts)));
    browser = app.browser(app.admin());
  }

  private EncryptionRoutes encryption(WebApp parts) {
    var kek = KekSource.managedFile(folder.resolve("kek"));
    var vault = new Vault(parts.db, kek, new SecureRandom(), parts.ids, clock);
    vault.unseal();
    var rotation = new DataKeyRotation(parts.db, vault, List.of(KeySecrets.COLUMN), clock);
    return new EncryptionRoutes(parts.web, vault, rotation, parts.db, parts.audit);
  }

  @Test
  void the_key_encryption_key_is_changed_after_the_password_was_entered_again() {
    var before = browser.get("/settings/encryption").page().select("dd code").text();
    clock.tick(Session.CONFIRMED_FOR.plusSeconds(1));
    var asked = browser.post("/settings/encryption/rotation");
    assertThat(asked.status()).isEqualTo(403);
    assertThat(asked.text()).contains("Confirm that it is you");
    assertThat(browser.post("/confirm", "password", "wrong", "next", "/settings").status())
        .isEqualTo(422);
    var back =
        browser.post("/confirm", "password", WebApp.PASSWORD, "next", "/settings/encryption");
    assertThat(back.location()).isEqualTo("/settings/encryption");
    assertThat(browser.post("/settings/encryption/rotation").location())
        .isEqualTo("/settings/encryption");
    assertThat(browser.get("/settings/encryption").page().select("dd code").text())
        .isNotEqualTo(before);
  }

  @Test
  void a_key_that_another_node_has_retired_is_not_shown_as_the_one_in_use() {
    var before = browser.get("/settings/encryption").page().select("dd code").first().text();
    var kek = KekSource.managedFile(folder.resolve("kek"));
    var node = new Vault(app.db, kek, new SecureRandom(), app.ids, clock);
    node.unseal();
    var changed = node.kekRotation().change((tx, done) -> {});
    var page = browser.get("/settings/encryption").page();
    assertThat(page.select("dd code").first().text()).isEqualTo(changed.toKekId());
    assertThat(page.select("th[scope=row]").text()).isEqualTo(before);
  }

  @Test
  void the_data_key_is_rotated_and_a_retired_key_is_deleted_on_the_page() {
    var before = browser.get("/settings/encryption").page();
    var dataKey = before.select("#data-key dd").first().text();
    browser.post("/settings/encryption/data-key/rotation");
    var moving = browser.get("/settings/encryption");
    assertThat(moving.text()).contains("New secrets use the data key").contains(dataKey);
    assertThat(moving.text()).contains("import previews and authenticator apps");
    assertThat(moving.page().select("#data-key dd").first().text()).isNotEqualTo(dataKey);
    assertThat(moving.page().select("#data-key form")).isEmpty();
    assertThat(moving.page().select("noscript meta[http-equiv=refresh]")).hasSize(1);
    assertThat(before.select("noscript meta[http-equiv=refresh]")).isEmpty();
    assertThat(moving.page().select("#data-key").attr("hx-get"))
        .isEqualTo("/settings/encryption/data-key");
    assertThat(browser.get("/settings/encryption/data-key").page().select("#data-key")).hasSize(1);
    assertThat(browser.post("/settings/encryption/data-key/rotation").status()).isEqualTo(422);

    var kek = before.select("dd code").text();
    browser.post("/settings/encryption/rotation");
    var page = browser.get("/settings/encryption").page();
    assertThat(page.select("th[scope=row]").text()).isEqualTo(kek);
    assertThat(page.text()).contains("Backups made before it was retired");
    var delete = page.select("form[action$=/deletion]").attr("action");
    assertThat(delete).isEqualTo("/settings/encryption/retired/" + kek + "/deletion");
    assertThat(browser.post(delete).location()).isEqualTo("/settings/encryption");
    assertThat(browser.get("/settings/encryption").page().select("form[action$=/deletion]"))
        .isEmpty();
    assertThat(browser.post(delete).status()).isEqualTo(404);
    var recorded =
        app.audit.newest(WorkspaceIds.INSTANCE, AuditFilter.ALL, null, 10).stream()
            .map(AuditEvent::action)
            .toList();
    assertThat(recorded)
        .containsSubsequence(
            "deleted a retired key-encryption key",
            "changed the key-encryption key",
            "rotated the data key");
  }

  @Test
  void the_page_is_accessible_with_retired_keys_and_a_rotation_in_progress() {
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    browser.post("/settings/encryption/rotation");
    browser.post("/settings/encryption/data-key/rotation");
    database.asOwner(
        "update data_keys set secrets_total = 12000, secrets_moved = 4200 where state = 'retired'");
    page.navigate(app.url() + "/settings/encryption");
    PageChecks.assertGood(page, "settings-encryption-rotation");
  }
}

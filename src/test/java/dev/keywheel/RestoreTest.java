package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.config.Config.KekLocation;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.WebApp;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Restores a backup of the database with the key-encryption key, which was stored separately. */
@Tag("full")
class RestoreTest {
  private static final String OTHER_KEK = Base64.getEncoder().encodeToString(new byte[32]);

  @Test
  void a_backup_works_with_its_key_encryption_key_and_is_sealed_with_another_one() {
    try (var database = TestDatabase.create()) {
      String run;
      int keys;
      try (var app = RunningApp.on(database, new KekLocation.Value(TestPool.KEK))) {
        var admin = app.administrator();
        admin.post("/keys/samples");
        keys = keys(admin).size();
        run = admin.post("/articles", "topic", "Bread", "provider", "sandbox").location();
        Await.until("the run is over", () -> state(admin, run).startsWith("Completed"));
      }
      try (var backup = database.copy()) {
        var rows = Rows.of(backup);
        try (var app = RunningApp.on(backup, new KekLocation.Value(OTHER_KEK))) {
          var admin = app.administrator();
          assertThat(admin.get("/keys").text()).contains("needs the key-encryption key");
          assertThat(reveal(admin).status()).isEqualTo(503);
          assertThat(Rows.of(backup).get("api_keys")).isEqualTo(rows.get("api_keys"));
          assertThat(Rows.of(backup).get("data_keys")).isEqualTo(rows.get("data_keys"));
        }
        try (var app = RunningApp.on(backup, new KekLocation.Value(TestPool.KEK))) {
          var admin = app.administrator();
          assertThat(keys(admin)).hasSize(keys).isNotEmpty();
          assertThat(reveal(admin).text()).contains("sk-or-demo-");
          assertThat(state(admin, run)).startsWith("Completed");
        }
      }
    }
  }

  private static List<String> keys(HttpBrowser admin) {
    return admin.get("/keys").page().select("a[href]").eachAttr("href").stream()
        .filter(href -> href.matches("/keys/[0-9a-f-]{36}"))
        .distinct()
        .toList();
  }

  private static HttpBrowser.Answer reveal(HttpBrowser admin) {
    return admin.post(keys(admin).getFirst() + "/revelation", "password", WebApp.PASSWORD);
  }

  private static String state(HttpBrowser admin, String run) {
    return admin.get(run).page().select("[aria-label='Run state']").text();
  }
}

package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.OwnPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An external database that goes away and comes back while Keywheel runs. */
@Tag("full")
@Timeout(300)
class DatabaseOutageIT {
  private static final Duration RECOVERED = Duration.ofSeconds(90);
  private static final String EMAIL = "ada@example.org";
  private static final String PASSWORD = "correct horse battery";
  private static final String KEK = Base64.getEncoder().encodeToString(new byte[32]);

  @TempDir private Path folder;

  @Test
  void pages_report_a_database_outage_and_work_again_afterwards() throws Exception {
    try (var database = new OwnPostgres(folder);
        var keywheel = started(database)) {
      var browser = new HttpBrowser(keywheel.address());
      assertThat(browser.post("/login", "email", EMAIL, "password", PASSWORD).location())
          .isEqualTo("/");
      assertThat(browser.get("/").status()).isEqualTo(200);
      database.stop();
      int linesBefore = (int) keywheel.output().lines().count();
      var away = browser.get("/");
      assertThat(away.status()).isEqualTo(503);
      assertThat(away.header("Retry-After").isPresent())
          .as(() -> away.headers().toString())
          .isTrue();
      assertThat(away.text().toLowerCase(Locale.ROOT).contains("database")).as(away::text).isTrue();
      assertThat(away.body().contains("Exception")).as(away.body()).isFalse();
      assertThat(keywheel.alive()).isTrue();
      keywheel.awaitLine("The database does not answer; pages show an error until it does");
      long before = linesWithPage(keywheel);
      for (int i = 0; i < 10; i++) {
        assertThat(browser.get("/keys").status()).isEqualTo(503);
      }
      assertThat(linesWithPage(keywheel)).as("log lines that contain a page").isEqualTo(before);
      long logged = keywheel.output().lines().count() - linesBefore;
      assertThat(logged < 200).as(() -> "it floods its log: " + keywheel.output()).isTrue();
      assertThat(keywheel.output().contains("Unhandled exception")).as(keywheel::output).isFalse();
      database.start();
      Await.until(
          "pages work again, still signed in", RECOVERED, () -> browser.get("/").status() == 200);
      keywheel.terminate();
      keywheel.awaitEnd(RECOVERED);
    }
  }

  private static long linesWithPage(StartedKeywheel keywheel) {
    return keywheel.output().lines().filter(line -> line.contains(" for GET /")).count();
  }

  private StartedKeywheel started(OwnPostgres database) {
    database.createRoles("postgres");
    return new StartedKeywheel(
            folder.resolve("keywheel"),
            Map.of(
                "DATABASE_URL", OwnPostgres.url(database.port(), "postgres"),
                "KEYWHEEL_KEK", KEK,
                "KEYWHEEL_ADMIN_EMAIL", EMAIL,
                "KEYWHEEL_ADMIN_PASSWORD", PASSWORD))
        .awaitReady();
  }
}

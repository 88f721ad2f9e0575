package dev.keywheel.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.TextResource;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A database of one's own that goes away and comes back under a running Keywheel. */
@Timeout(300)
class DatabaseOutageIT {
  private static final Duration RECOVERED = Duration.ofSeconds(90);
  private static final String EMAIL = "ada@example.org";
  private static final String PASSWORD = "correct horse battery";
  private static final String KEK = Base64.getEncoder().encodeToString(new byte[32]);

  @TempDir private Path folder;

  @Test
  void pages_say_that_the_database_is_away_and_work_again_when_it_is_back() throws Exception {
    int port = freePort();
    var database = postgres(port);
    try (var keywheel = started(port)) {
      var browser = new HttpBrowser(keywheel.address());
      assertThat(browser.post("/login", "email", EMAIL, "password", PASSWORD).location())
          .isEqualTo("/");
      assertThat(browser.get("/").status()).isEqualTo(200);
      database.close();
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
      long named = namedPages(keywheel);
      for (int i = 0; i < 10; i++) {
        assertThat(browser.get("/keys").status()).isEqualTo(503);
      }
      assertThat(namedPages(keywheel)).as("it repeats what is known").isEqualTo(named);
      long said = keywheel.output().lines().count() - linesBefore;
      assertThat(said < 200).as(() -> "it floods its log: " + keywheel.output()).isTrue();
      assertThat(keywheel.output().contains("Unhandled exception")).as(keywheel::output).isFalse();
      database = postgres(port);
      Await.until(
          "pages work again, still signed in", RECOVERED, () -> browser.get("/").status() == 200);
      keywheel.terminate();
      keywheel.awaitEnd(RECOVERED);
    } finally {
      database.close();
    }
  }

  private static long namedPages(StartedKeywheel keywheel) {
    return keywheel.output().lines().filter(line -> line.contains(" for GET /")).count();
  }

  private StartedKeywheel started(int port) {
    return new StartedKeywheel(
            folder.resolve("data"),
            Map.of(
                "DATABASE_URL",
                    "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=keywheel_app",
                "KEYWHEEL_KEK", KEK,
                "KEYWHEEL_ADMIN_EMAIL", EMAIL,
                "KEYWHEEL_ADMIN_PASSWORD", PASSWORD))
        .awaitReady();
  }

  private EmbeddedPostgres postgres(int port) throws IOException, SQLException {
    var started =
        EmbeddedPostgres.builder()
            .setDataDirectory(folder.resolve("postgres"))
            .setCleanDataDirectory(false)
            .setPort(port)
            .setPGStartupWait(Duration.ofSeconds(60))
            .start();
    try (var connection = started.getPostgresDatabase().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(TextResource.read("db/roles.sql"));
    }
    return started;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}

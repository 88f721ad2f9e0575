package dev.keywheel.fault;

import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;

import dev.keywheel.db.Database;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Starts Keywheel on a database that outlives it, for tests. */
final class OnDatabase {
  private static final String EMAIL = "ada@example.org";
  private static final String PASSWORD = "correct horse battery";
  static final String KEK = Base64.getEncoder().encodeToString(new byte[32]);

  private OnDatabase() {}

  static StartedKeywheel start(
      Path folder, String databaseUrl, URI provider, List<String> options) {
    return new StartedKeywheel(
            folder,
            Map.of(
                "DATABASE_URL", databaseUrl,
                "KEYWHEEL_KEK", KEK,
                "KEYWHEEL_SANDBOX", "off",
                "KEYWHEEL_ADMIN_EMAIL", EMAIL,
                "KEYWHEEL_ADMIN_PASSWORD", PASSWORD,
                "KEYWHEEL_OPENROUTER_URL", provider.toString(),
                "PATH", "/nonexistent"),
            options)
        .awaitReady();
  }

  static HttpBrowser signedIn(StartedKeywheel keywheel) {
    var browser = new HttpBrowser(keywheel.address());
    if (browser.post("/login", "email", EMAIL, "password", PASSWORD).status() != 303) {
      throw new AssertionError("cannot sign in");
    }
    return browser;
  }

  /** The port of the server of this database. */
  static int port(TestDatabase database) {
    return URI.create(database.address().jdbcUrl().substring("jdbc:".length())).getPort();
  }

  /** The URL of the same database on another port. */
  static String through(int port, TestDatabase database) {
    return database.address().jdbcUrl().replaceFirst(":\\d+/", ":" + port + "/");
  }

  /**
   * Pastes keys and returns the path of the preview.
   *
   * @param secret a format for the number of a key
   */
  static String preview(HttpBrowser browser, int first, int count, String secret) {
    var lines =
        IntStream.range(first, first + count)
            .mapToObj(i -> "key" + i + "@example.org " + secret.formatted(i))
            .collect(Collectors.joining("\n"));
    return browser.post("/keys/imports", "provider", "openrouter", "keys", lines).location();
  }

  static void importKeys(HttpBrowser browser, int count, String secret) {
    browser.post(preview(browser, 1, count, secret) + "/confirmation");
  }

  /** Starts a run and returns its path. */
  static String generate(HttpBrowser browser) {
    return browser
        .post("/articles", "topic", "How to save for a bicycle", "provider", "openrouter")
        .location();
  }

  /** Makes all heartbeats old, so that the nodes that sent them count as dead. */
  static void expireLeases(Database database) {
    database.runTx(
        tx ->
            tx.dsl()
                .update(SCHEDULED_TASKS)
                .set(SCHEDULED_TASKS.LAST_HEARTBEAT, Instant.EPOCH)
                .where(SCHEDULED_TASKS.PICKED.isTrue())
                .execute());
  }
}

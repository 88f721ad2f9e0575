package dev.keywheel.fault;

import static dev.keywheel.db.schema.Tables.DATA_KEYS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.PrivateFile;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The node is killed during a change of the key-encryption key, which is then repeated. */
@Tag("full")
@Timeout(300)
class KilledInKekChangeIT {
  private static final String OLD = kek("the key of the last year, 32 byt");
  private static final String NEW = kek("the key of this year, 32 bytes..");
  private static final List<String> KEYS =
      List.of("sk-or-v1-abcdefgh-one", "sk-or-v1-abcdefgh-two", "sk-or-v1-abcdefgh-three");

  @TempDir private Path folder;

  @Test
  void after_a_kill_the_kek_change_is_resumed_and_the_old_key_is_no_longer_needed()
      throws Exception {
    try (var database = TestDatabase.create()) {
      write(OLD);
      try (var killed = started(database)) {
        var browser = signedIn(killed);
        importKeys(browser);
        write(NEW + "\n" + OLD);
        killInTheMiddle(database, killed, browser);
      }
      try (var again = started(database)) {
        var browser = signedIn(again);
        assertThat(revealAll(browser)).hasSameElementsAs(KEYS);
        assertThat(browser.post("/settings/encryption/rotation").status()).isEqualTo(303);
        again.kill();
      }
      write(NEW);
      try (var without = started(database)) {
        assertThat(without.output()).doesNotContain("sealed");
        assertThat(revealAll(signedIn(without))).hasSameElementsAs(KEYS);
      }
    }
  }

  /**
   * Locks the rows that are to be rewrapped, so that the node is killed in the middle of the
   * change.
   */
  private static void killInTheMiddle(
      TestDatabase database, StartedKeywheel keywheel, HttpBrowser browser) {
    database
        .database()
        .runTx(
            tx -> {
              tx.dsl().selectFrom(DATA_KEYS).forUpdate().fetch();
              var change =
                  CompletableFuture.runAsync(() -> browser.post("/settings/encryption/rotation"));
              Await.until("the change waits for a row", () -> TestDatabase.anotherWaitsForLock(tx));
              try {
                keywheel.kill();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              assertThat(change.handle((done, cut) -> cut).join()).isNotNull();
            });
  }

  private StartedKeywheel started(TestDatabase database) {
    return new StartedKeywheel(
            folder.resolve("data"),
            Map.of(
                "DATABASE_URL",
                database.address().jdbcUrl(),
                "KEYWHEEL_KEK_FILE",
                folder.resolve("kek").toString(),
                "KEYWHEEL_SANDBOX",
                "off",
                "KEYWHEEL_ADMIN_EMAIL",
                WebApp.EMAIL,
                "KEYWHEEL_ADMIN_PASSWORD",
                WebApp.PASSWORD))
        .awaitReady();
  }

  private static HttpBrowser signedIn(StartedKeywheel keywheel) {
    var browser = new HttpBrowser(keywheel.address());
    browser.post("/login", "email", WebApp.EMAIL, "password", WebApp.PASSWORD);
    return browser;
  }

  private static void importKeys(HttpBrowser browser) {
    var lines = String.join("\n", KEYS);
    var preview = browser.post("/keys/imports", "provider", "openrouter", "keys", lines);
    browser.post(preview.location() + "/confirmation");
  }

  private static List<String> revealAll(HttpBrowser browser) {
    return browser.get("/keys").page().select("tbody a[href~=^/keys/[0-9a-f-]{36}$]").stream()
        .map(
            link ->
                browser
                    .post(link.attr("href") + "/revelation", "password", WebApp.PASSWORD)
                    .page()
                    .select(".revealed"))
        .map(secret -> secret.text())
        .toList();
  }

  private void write(String lines) {
    PrivateFile.write(folder.resolve("kek"), lines + "\n");
  }

  private static String kek(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}

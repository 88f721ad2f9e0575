package dev.keywheel.fault;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestDatabase;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node killed at any moment of an import of many keys. */
@Tag("slow")
@Timeout(600)
class KilledInImportIT {
  private static final int KEYS = 5_000;
  private static final int KILLS = 4;
  private static final URI NOWHERE = URI.create("http://127.0.0.1:9/api/v1");

  @TempDir private Path folder;

  @Test
  void an_import_is_stored_as_a_whole_or_not_at_all_and_a_repeated_confirmation_completes_it()
      throws Exception {
    var random = new SplittableRandom(11);
    try (var database = TestDatabase.create()) {
      for (int kill = 0; kill < KILLS; kill++) {
        int before = keys(database);
        String confirmation;
        try (var killed = started(database)) {
          var browser = OnDatabase.signedIn(killed);
          confirmation =
              OnDatabase.preview(browser, before, KEYS, "sk-or-v1-abcdefgh%06d") + "/confirmation";
          var token = browser.token();
          var confirming = confirmInBackground(browser, confirmation, token);
          LockSupport.parkNanos(Duration.ofMillis(random.nextInt(1_500)).toNanos());
          killed.kill();
          confirming.join();
        }
        assertThat(keys(database)).isIn(before, before + KEYS);
        try (var again = started(database)) {
          assertThat(OnDatabase.signedIn(again).post(confirmation).status()).isEqualTo(303);
          assertThat(keys(database)).isEqualTo(before + KEYS);
        }
      }
    }
  }

  private static Thread confirmInBackground(
      HttpBrowser browser, String confirmation, String token) {
    return Thread.startVirtualThread(
        () -> {
          try {
            browser.post(confirmation, List.of(), token);
          } catch (AssertionError killed) {
            // The request is expected to get no answer.
          }
        });
  }

  private StartedKeywheel started(TestDatabase database) {
    return OnDatabase.start(folder, database.address().jdbcUrl(), NOWHERE, List.of());
  }

  private static int keys(TestDatabase database) {
    return database.database().read(dsl -> dsl.fetchCount(API_KEYS));
  }
}

package dev.keywheel.fault;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.DATA_KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Ids;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node killed while the secrets are re-encrypted with a new data key; the next start continues.
 */
@Tag("slow")
@Timeout(300)
class KilledInDataKeyRotationIT {
  private static final URI NOWHERE = URI.create("http://127.0.0.1:9/api/v1");
  private static final int KEYS = 450;
  private static final String SECRET = "sk-or-v1-abcdefgh%06d";

  @TempDir private Path folder;

  @Test
  void after_a_kill_the_rotation_of_the_data_key_continues_and_all_secrets_use_the_new_one()
      throws Exception {
    try (var database = TestDatabase.create()) {
      try (var killed = started(database)) {
        var browser = OnDatabase.signedIn(killed);
        OnDatabase.importKeys(browser, KEYS, SECRET);
        database
            .database()
            .runTx(
                tx -> {
                  tx.dsl()
                      .selectFrom(API_KEYS)
                      .orderBy(API_KEYS.ID.desc())
                      .limit(1)
                      .forUpdate()
                      .fetch();
                  browser.post("/settings/encryption/data-key/rotation");
                  Await.until(
                      "the last batch waits for a key", () -> TestDatabase.anotherWaitsForLock(tx));
                  kill(killed);
                });
      }
      assertThat(moved(database)).as("batches before the kill").isEqualTo(400);
      OnDatabase.expireLeases(database.database());
      try (var again = started(database)) {
        Await.until("the retired key is deleted", Duration.ofMinutes(2), () -> keys(database) == 1);
        assertThat(usedKeys(database)).isEqualTo(1);
        assertThat(again.alive()).isTrue();
        assertThat(secrets(database))
            .containsExactlyInAnyOrderElementsOf(
                IntStream.rangeClosed(1, KEYS).mapToObj(SECRET::formatted).toList());
      }
    }
  }

  private StartedKeywheel started(TestDatabase database) {
    return OnDatabase.start(folder, database.address().jdbcUrl(), NOWHERE, List.of());
  }

  private static void kill(StartedKeywheel keywheel) {
    try {
      keywheel.kill();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static long moved(TestDatabase database) {
    return database
        .database()
        .read(
            dsl ->
                dsl.select(DATA_KEYS.SECRETS_MOVED)
                    .from(DATA_KEYS)
                    .where(DATA_KEYS.PURPOSE.eq("secrets"))
                    .and(DATA_KEYS.STATE.eq("retired"))
                    .fetchSingle(DATA_KEYS.SECRETS_MOVED));
  }

  private static int keys(TestDatabase database) {
    return database
        .database()
        .read(dsl -> dsl.fetchCount(DATA_KEYS, DATA_KEYS.PURPOSE.eq("secrets")));
  }

  /** The secrets of all keys, decrypted with the remaining data key. */
  private static List<String> secrets(TestDatabase database) {
    InstantSource clock = InstantSource.system();
    var random = new SecureRandom();
    var kek = KekSource.variable("KEYWHEEL_KEK", OnDatabase.KEK);
    var vault = new Vault(database.database(), kek, random, new Ids(clock, random), clock);
    vault.unseal();
    var rows = database.database().read(dsl -> dsl.selectFrom(API_KEYS).fetch());
    var ids = rows.getValues(API_KEYS.ID);
    return new KeyPool(database.database(), vault, clock)
        .secrets().openAll(rows.getFirst().get(API_KEYS.WORKSPACE_ID), ids).values().stream()
            .map(secret -> secret.get().reveal())
            .toList();
  }

  private static int usedKeys(TestDatabase database) {
    return database
        .database()
        .read(dsl -> dsl.fetchCount(dsl.selectDistinct(API_KEYS.DATA_KEY_ID).from(API_KEYS)));
  }
}

package dev.keywheel.secret;

import static dev.keywheel.db.schema.Tables.DATA_KEYS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.CheapPasswords;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.identity.SecretTokens;
import dev.keywheel.people.identity.Session;
import dev.keywheel.support.TestPool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Checks that the keys, algorithms, lengths and times in docs/key-policy.md are those of the code.
 */
class KeyPolicyTest {
  private static final Path POLICY = Path.of("docs/key-policy.md");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ([^|]+) \\| `([^`]+)` \\| (\\d+) \\|");

  private record Key(String algorithm, int bits) {}

  @Test
  void the_keys_of_the_policy_are_those_of_the_code() throws Exception {
    var expected = new TreeMap<String, Key>();
    expected.put("key-encryption key", new Key(AesGcm.ALGORITHM, 8 * Kek.BYTES));
    try (var pool = new TestPool()) {
      dataKeys(pool)
          .forEach(
              (purpose, key) ->
                  expected.put(
                      "data key `" + purpose + "`",
                      new Key(
                          purpose.equals("secrets") ? AesGcm.ALGORITHM : key.hmac().getAlgorithm(),
                          8 * key.key().getEncoded().length)));
    }
    expected.put("session tokens", new Key("SHA-256", 8 * SecretTokens.SESSION_BYTES));
    expected.put("link tokens", new Key("SHA-256", 8 * SecretTokens.LINK_BYTES));
    int hash = CheapPasswords.get().hash("code", new byte[16]).length;
    expected.put("passwords and recovery codes", new Key("Argon2id", 8 * hash));
    assertThat(documentedKeys()).isEqualTo(expected);
    assertThat(SecretTokens.hash("token"))
        .isEqualTo(MessageDigest.getInstance("SHA-256").digest("token".getBytes(UTF_8)));
  }

  @Test
  void the_sizes_and_times_of_the_policy_are_those_of_the_code() throws Exception {
    var policy = Files.readString(POLICY).replaceAll("\\s+", " ");
    assertThat(policy)
        .contains("nonce of " + 8 * AesGcm.NONCE_BYTES + " bits")
        .contains("tag of " + AesGcm.TAG_BITS + " bits")
        .contains("after " + SessionStore.IDLE_TIMEOUT.toHours() + " hours without use")
        .contains(SessionStore.MAX_AGE.toDays() + " days at most")
        .contains("second factor within ten minutes");
    assertThat(Session.CONFIRMED_FOR).as("ten minutes").hasMinutes(10);
    assertThat(CipherKey.FORMAT).as("authenticates all that the policy lists").isEqualTo((byte) 2);
    assertThat(
            new String(EncryptionContext.of("k", new UUID(0, 1), "w", "p").formatTwo("key"), UTF_8))
        .isEqualTo("v2|k|" + new UUID(0, 1) + "|key|w|p");
    assertThat(Kek.fromBase64(TestPool.KEK).id()).hasSize(16);
  }

  private static Map<String, Key> documentedKeys() throws Exception {
    var keys = new TreeMap<String, Key>();
    ROW.matcher(Files.readString(POLICY))
        .results()
        .forEach(
            row -> keys.put(row.group(1), new Key(row.group(2), Integer.parseInt(row.group(3)))));
    return keys;
  }

  /** The data keys of a new database, by their purposes. */
  private static Map<String, CipherKey> dataKeys(TestPool pool) {
    var aesGcm = new AesGcm(new SecureRandom());
    var repository =
        new DataKeyRepository(pool.database, aesGcm, new SecureRandom(), pool.ids, pool.clock);
    KeyRing ring = repository.unwrap(repository.all(), List.of(Kek.fromBase64(TestPool.KEK)));
    return pool.database.read(
        dsl ->
            dsl.select(DATA_KEYS.PURPOSE, DATA_KEYS.ID)
                .from(DATA_KEYS)
                .fetchMap(row -> row.value1(), row -> ring.key(row.value2())));
  }
}

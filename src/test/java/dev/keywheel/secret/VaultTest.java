package dev.keywheel.secret;

import static dev.keywheel.db.schema.Tables.DATA_KEYS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.db.Ids;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.VaultState.Open;
import dev.keywheel.secret.VaultState.Sealed;
import dev.keywheel.support.PrivateFile;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VaultTest {
  private static final String ONE = kek("a test key that is no secret: 01");
  private static final String TWO = kek("a test key that is no secret: 02");
  private static final Secret SECRET = Secret.of("sk-or-v1-0123456789abcdef");

  private static final UUID ROW = new UUID(7, 7);
  private static final String WORKSPACE = new UUID(8, 8).toString();
  private static final EncryptionContext CONTEXT =
      EncryptionContext.of("api_key", ROW, WORKSPACE, "openrouter");

  private final UUID workspace = UUID.fromString(WORKSPACE);
  private final TestDatabase test = TestDatabase.create();
  @TempDir private Path folder = Path.of("");

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void a_ciphertext_opens_in_its_own_row_workspace_and_provider_only() {
    Vault vault = open(ONE);
    Vault.EncryptedSecret encryptedSecret = seal(vault);
    assertEquals(SECRET.reveal(), vault.open(encryptedSecret, CONTEXT).reveal());
    List<EncryptionContext> others =
        List.of(
            EncryptionContext.of("key_import", ROW, WORKSPACE, "openrouter"),
            EncryptionContext.of("api_key", new UUID(7, 8), WORKSPACE, "openrouter"),
            EncryptionContext.of("api_key", ROW, new UUID(8, 9).toString(), "openrouter"),
            EncryptionContext.of("api_key", ROW, WORKSPACE, "sandbox"),
            EncryptionContext.of("api_key", ROW, WORKSPACE),
            EncryptionContext.of("api_key", ROW));
    for (EncryptionContext other : others) {
      assertThrows(
          IllegalStateException.class, () -> vault.open(encryptedSecret, other), other::toString);
    }
  }

  @Test
  void a_ciphertext_of_format_one_opens_under_an_old_data_key_only() throws Exception {
    var old = CipherKey.data(ROW, new byte[32], 1);
    var current = CipherKey.data(ROW, new byte[32], 2);
    byte[] nonce = new byte[12];
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(Cipher.ENCRYPT_MODE, old.key(), new GCMParameterSpec(128, nonce));
    cipher.updateAAD(("api_key|" + ROW + "|v1").getBytes(UTF_8));
    byte[] sealed = cipher.doFinal("secret".getBytes(UTF_8));
    byte[] stored =
        ByteBuffer.allocate(13 + sealed.length).put((byte) 1).put(nonce).put(sealed).array();
    var aesGcm = new AesGcm(new SecureRandom());
    assertEquals("secret", new String(aesGcm.open(old, stored, CONTEXT), UTF_8));
    assertThrows(AesGcm.Damaged.class, () -> aesGcm.open(current, stored, CONTEXT));
    stored[0] = 2;
    assertThrows(AesGcm.Damaged.class, () -> aesGcm.open(old, stored, CONTEXT));
  }

  @Test
  void one_flipped_bit_anywhere_is_noticed() {
    Vault vault = open(ONE);
    Vault.EncryptedSecret encryptedSecret = seal(vault);
    for (int bit = 0; bit < encryptedSecret.ciphertext().length * 8; bit++) {
      byte[] altered = encryptedSecret.ciphertext().clone();
      altered[bit / 8] ^= (byte) (1 << (bit % 8));
      var moved = new Vault.EncryptedSecret(encryptedSecret.dataKeyId(), altered);
      assertThrows(IllegalStateException.class, () -> vault.open(moved, CONTEXT));
    }
  }

  @Test
  void no_nonce_comes_twice() {
    Vault vault = open(ONE);
    var nonces = new HashSet<ByteBuffer>();
    Sealer sealer = test.database().read(vault::sealer);
    for (int i = 0; i < 100_000; i++) {
      byte[] sealed = sealer.seal(SECRET, CONTEXT).ciphertext();
      assertTrue(nonces.add(ByteBuffer.wrap(sealed, 1, 12)));
    }
  }

  @Test
  void fingerprints_are_equal_for_equal_secrets_of_one_pool_only() {
    Vault vault = open(ONE);
    byte[] print = vault.fingerprint(workspace, "openrouter", SECRET);
    assertArrayEquals(print, open(ONE).fingerprint(workspace, "openrouter", SECRET));
    assertNotEquals(hex(print), hex(vault.fingerprint(ROW, "openrouter", SECRET)));
    assertNotEquals(hex(print), hex(vault.fingerprint(workspace, "sandbox", SECRET)));
    assertNotEquals(
        hex(print), hex(vault.fingerprint(workspace, "openrouter", Secret.of("sk-or-v1-0"))));
  }

  @Test
  void a_restart_with_the_same_key_opens_what_was_sealed() {
    Vault.EncryptedSecret encryptedSecret = seal(open(ONE));
    assertEquals(SECRET.reveal(), open(ONE).open(encryptedSecret, CONTEXT).reveal());
  }

  @Test
  void another_key_shuts_the_vault_names_the_needed_one_and_writes_nothing() {
    open(ONE);
    String before = rows();
    Vault vault = vault(KekSource.variable("KEYWHEEL_KEK", TWO));
    Sealed sealed = assertInstanceOf(Sealed.class, vault.unseal());
    String needed = Kek.fromBase64(ONE).id();
    assertEquals(needed, sealed.neededKekId());
    assertTrue(sealed.sentence().contains(needed), sealed.sentence());
    assertTrue(sealed.sentence().contains(Kek.fromBase64(TWO).id()), sealed.sentence());
    assertFalse(sealed.sentence().contains(TWO));
    assertThrows(VaultSealedException.class, () -> seal(vault));
    assertThrows(
        VaultSealedException.class, () -> vault.fingerprint(workspace, "openrouter", SECRET));
    assertThrows(VaultSealedException.class, () -> vault.keks().change((tx, changed) -> {}));
    assertEquals(before, rows());
  }

  @Test
  void a_missing_key_shuts_the_vault_and_the_right_one_opens_it_without_a_restart()
      throws IOException {
    Path file = folder.resolve("kek");
    PrivateFile.write(file, ONE);
    Vault vault = vault(KekSource.file("KEYWHEEL_KEK_FILE", file));
    assertInstanceOf(Open.class, vault.unseal());
    Files.delete(file);
    assertInstanceOf(Sealed.class, vault.unseal());
    PrivateFile.write(file, ONE);
    assertInstanceOf(Open.class, vault.unseal());
  }

  @Test
  void work_that_cannot_begin_shuts_the_vault_again_and_is_begun_when_it_is_opened_anew()
      throws IOException {
    Path file = folder.resolve("kek");
    Vault vault = vault(KekSource.file("KEYWHEEL_KEK_FILE", file));
    assertInstanceOf(Sealed.class, vault.unseal());
    var begun = new AtomicInteger();
    vault.whenOpen(
        () -> {
          if (begun.incrementAndGet() == 1) {
            throw new IllegalStateException("the database is away");
          }
        });
    PrivateFile.write(file, ONE);

    assertThrows(IllegalStateException.class, vault::unseal);

    Sealed sealed = assertInstanceOf(Sealed.class, vault.state());
    assertTrue(sealed.sentence().contains("Unseal it again."), sealed.sentence());
    assertThrows(VaultSealedException.class, () -> seal(vault));
    assertInstanceOf(Open.class, vault.unseal());
    assertEquals(2, begun.get());
  }

  @Test
  void an_unreadable_key_is_told_without_being_shown() {
    Sealed sealed =
        assertInstanceOf(
            Sealed.class, vault(KekSource.variable("KEYWHEEL_KEK", "c2hvcnQ=")).unseal());
    assertEquals(
        "The key-encryption key KEYWHEEL_KEK has 5 bytes; it must be 32 bytes in base64.",
        sealed.sentence());
  }

  @Test
  void a_key_that_became_unreadable_is_named_by_the_id_that_is_needed() throws IOException {
    Path file = PrivateFile.write(folder.resolve("kek"), ONE);
    Vault vault = vault(KekSource.file("KEYWHEEL_KEK_FILE", file));
    Open open = assertInstanceOf(Open.class, vault.unseal());
    PrivateFile.write(file, "garbage");
    Sealed sealed = assertInstanceOf(Sealed.class, vault.unseal());
    assertEquals(open.kekId(), sealed.neededKekId());
    assertTrue(
        sealed
            .sentence()
            .endsWith(" This database needs the key-encryption key " + open.kekId() + "."),
        sealed.sentence());
  }

  @Test
  void the_kept_key_is_made_once_for_its_owner_only_and_never_over_old_data() throws IOException {
    Path file = folder.resolve("data/kek");
    assertInstanceOf(Open.class, vault(KekSource.kept(file)).unseal());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    Files.delete(file);
    assertInstanceOf(Sealed.class, vault(KekSource.kept(file)).unseal());
    assertFalse(Files.exists(file));
  }

  @Test
  void a_change_of_the_kept_key_wraps_all_data_keys_and_keeps_the_old_one() {
    Path file = folder.resolve("kek");
    Vault vault = vault(KekSource.kept(file));
    vault.unseal();
    Vault.EncryptedSecret encryptedSecret = seal(vault);
    KeyEncryptionKeys.Rewrapped done = vault.keks().change((tx, changed) -> {});
    assertEquals(3, done.dataKeys());
    assertNotEquals(done.fromKekId(), done.toKekId());
    assertEquals(2, KekSource.kept(file).read().size());
    assertEquals(Set.of(done.fromKekId()), KekSource.kept(file).retired().keySet());
    assertEquals(SECRET.reveal(), vault.open(encryptedSecret, CONTEXT).reveal());
    Vault restarted = vault(KekSource.kept(file));
    assertEquals(new Open(done.toKekId()), restarted.unseal());
    assertEquals(SECRET.reveal(), restarted.open(encryptedSecret, CONTEXT).reveal());
  }

  @Test
  void an_operators_new_key_goes_on_the_first_line() throws IOException {
    Path file = folder.resolve("kek");
    PrivateFile.write(file, ONE);
    Vault vault = vault(KekSource.file("KEYWHEEL_KEK_FILE", file));
    vault.unseal();
    assertTrue(
        String.valueOf(
                assertThrows(Rejected.class, () -> vault.keks().change((tx, changed) -> {}))
                    .getMessage())
            .contains("on the first line"));
    PrivateFile.write(file, TWO + "\n" + ONE + "\n");
    assertEquals(Kek.fromBase64(TWO).id(), vault.keks().change((tx, changed) -> {}).toKekId());
    PrivateFile.write(file, TWO);
    assertInstanceOf(Open.class, vault.unseal());
  }

  @Test
  void a_stop_between_the_steps_of_a_change_is_no_harm() throws IOException {
    Path file = folder.resolve("kek");
    PrivateFile.write(file, ONE);
    vault(KekSource.kept(file)).unseal();
    PrivateFile.write(file, TWO + "\n" + ONE + "\n");
    assertInstanceOf(Open.class, vault(KekSource.kept(file)).unseal());
  }

  @Test
  void every_secret_is_readable_at_every_moment_of_a_change() throws InterruptedException {
    Vault vault = vault(KekSource.kept(folder.resolve("kek")));
    vault.unseal();
    Vault.EncryptedSecret encryptedSecret = seal(vault);
    var stop = new AtomicBoolean();
    var read = new AtomicInteger();
    var wrong = new AtomicInteger();
    Thread reader =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (!stop.get()) {
                    boolean same =
                        vault.open(encryptedSecret, CONTEXT).reveal().equals(SECRET.reveal());
                    (same ? read : wrong).incrementAndGet();
                    Thread.yield();
                  }
                });
    for (int i = 0; i < 20; i++) {
      vault.keks().change((tx, changed) -> {});
      Vault other = vault(KekSource.kept(folder.resolve("kek")));
      assertInstanceOf(Open.class, other.unseal());
    }
    stop.set(true);
    reader.join();
    assertEquals(0, wrong.get());
    assertTrue(read.get() > 0);
  }

  @Test
  void neither_the_secret_nor_the_key_has_a_text_form() {
    assertEquals("Secret", SECRET.toString());
    assertFalse(Kek.fromBase64(ONE).toString().contains(ONE));
  }

  private Vault.EncryptedSecret seal(Vault vault) {
    return test.database().read(vault::sealer).seal(SECRET, CONTEXT);
  }

  private Vault open(String kek) {
    Vault vault = vault(KekSource.variable("KEYWHEEL_KEK", kek));
    assertInstanceOf(Open.class, vault.unseal());
    return vault;
  }

  private Vault vault(KekSource source) {
    var clock = new TestClock();
    var random = new SecureRandom();
    return new Vault(test.database(), source, random, new Ids(clock, random), clock);
  }

  private String rows() {
    return test.database().read(dsl -> dsl.selectFrom(DATA_KEYS).fetch().formatCSV());
  }

  private static String hex(byte[] bytes) {
    return java.util.HexFormat.of().formatHex(bytes);
  }

  private static String kek(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}

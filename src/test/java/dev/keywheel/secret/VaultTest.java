package dev.keywheel.secret;

import static dev.keywheel.db.schema.Tables.DATA_KEYS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keywheel.db.Ids;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.VaultState.Open;
import dev.keywheel.secret.VaultState.Sealed;
import dev.keywheel.support.Await;
import dev.keywheel.support.PrivateFile;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import java.io.Closeable;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VaultTest {
  private static final String MISSING = "; this file does not exist)";
  private static final String ONE = kek("a test key that is no secret: 01");
  private static final String TWO = kek("a test key that is no secret: 02");
  private static final Secret SECRET = Secret.of("sk-or-v1-0123456789abcdef");

  private static final UUID ROW = new UUID(7, 7);
  private static final String WORKSPACE = new UUID(8, 8).toString();
  private static final EncryptionContext CONTEXT =
      EncryptionContext.of("api_key", ROW, WORKSPACE, "openrouter");

  private final UUID workspace = UUID.fromString(WORKSPACE);
  @AutoClose private final TestDatabase test = TestDatabase.create();
  @TempDir private Path folder = Path.of("");

  @Test
  void a_ciphertext_opens_in_its_own_row_workspace_and_provider_only() {
    Vault vault = open(ONE);
    Vault.EncryptedSecret encryptedSecret = seal(vault);
    assertThat(vault.open(encryptedSecret, CONTEXT).reveal()).isEqualTo(SECRET.reveal());
    List<EncryptionContext> others =
        List.of(
            EncryptionContext.of("key_import", ROW, WORKSPACE, "openrouter"),
            EncryptionContext.of("api_key", new UUID(7, 8), WORKSPACE, "openrouter"),
            EncryptionContext.of("api_key", ROW, new UUID(8, 9).toString(), "openrouter"),
            EncryptionContext.of("api_key", ROW, WORKSPACE, "sandbox"),
            EncryptionContext.of("api_key", ROW, WORKSPACE),
            EncryptionContext.of("api_key", ROW));
    for (EncryptionContext other : others) {
      assertThatThrownBy(() -> vault.open(encryptedSecret, other))
          .as(other::toString)
          .isInstanceOf(IllegalStateException.class);
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
    assertThat(new String(aesGcm.open(old, stored, CONTEXT), UTF_8)).isEqualTo("secret");
    assertThatThrownBy(() -> aesGcm.open(current, stored, CONTEXT))
        .isInstanceOf(AesGcm.Damaged.class);
    stored[0] = 2;
    assertThatThrownBy(() -> aesGcm.open(old, stored, CONTEXT)).isInstanceOf(AesGcm.Damaged.class);
  }

  @Test
  void a_damaged_data_key_of_another_node_is_named() {
    Vault vault = open(ONE);
    Vault node = open(ONE);
    test.database().inTx(node::replaceDataKey);
    test.database()
        .runTx(
            tx ->
                tx.dsl()
                    .update(DATA_KEYS)
                    .set(DATA_KEYS.CANARY, DATA_KEYS.WRAPPED)
                    .where(DATA_KEYS.STATE.eq("retired"))
                    .execute());
    assertThatThrownBy(() -> test.database().read(vault::sealer))
        .isInstanceOf(VaultSealedException.class)
        .hasMessageEndingWith("it was altered or moved. Restore the table data_keys.");
  }

  @Test
  void an_unreadable_kek_seals_the_data_key_of_another_node() throws IOException {
    Path file = PrivateFile.write(folder.resolve("kek"), ONE);
    Vault vault = vault(KekSource.file(file));
    vault.unseal();
    Vault node = open(ONE);
    test.database().inTx(node::replaceDataKey);
    Vault.EncryptedSecret ofNode = seal(node);
    PrivateFile.write(file, "garbage");
    assertThatThrownBy(() -> seal(vault)).isInstanceOf(VaultSealedException.class);
    assertThatThrownBy(() -> vault.open(ofNode, CONTEXT))
        .isInstanceOf(VaultSealedException.class)
        .hasMessageStartingWith("The key-encryption key KEYWHEEL_KEK_FILE (" + file);
    assertThatThrownBy(() -> test.database().runTx(vault.auditKeys()::reload))
        .isInstanceOf(VaultSealedException.class);
    assertThatThrownBy(() -> vault.kekRotation().change((tx, changed) -> {}))
        .isExactlyInstanceOf(Rejected.class);
  }

  @Test
  void an_uncommitted_audit_key_is_kept_when_another_thread_reads_the_data_keys() {
    Vault vault = open(ONE);
    test.database()
        .runTx(
            tx -> {
              UUID audit = vault.auditKeys().replace(tx);
              CompletableFuture.runAsync(
                      () -> test.database().runTx(other -> vault.loadDataKey(other.dsl(), ROW)))
                  .join();
              assertThat(vault.auditKeys().mac(audit, new byte[1])).isPresent();
            });
  }

  @Test
  void one_flipped_bit_anywhere_is_detected() {
    Vault vault = open(ONE);
    Vault.EncryptedSecret encryptedSecret = seal(vault);
    for (int bit = 0; bit < encryptedSecret.ciphertext().length * 8; bit++) {
      byte[] altered = encryptedSecret.ciphertext().clone();
      altered[bit / 8] ^= (byte) (1 << (bit % 8));
      var flipped = new Vault.EncryptedSecret(encryptedSecret.dataKeyId(), altered);
      assertThatThrownBy(() -> vault.open(flipped, CONTEXT))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void no_nonce_is_repeated() {
    Vault vault = open(ONE);
    var nonces = new HashSet<ByteBuffer>();
    Sealer sealer = test.database().read(vault::sealer);
    for (int i = 0; i < 100_000; i++) {
      byte[] sealed = sealer.seal(SECRET, CONTEXT).ciphertext();
      assertThat(nonces.add(ByteBuffer.wrap(sealed, 1, 12))).isTrue();
    }
  }

  @Test
  void fingerprints_are_equal_for_equal_secrets_of_one_pool_only() {
    Vault vault = open(ONE);
    byte[] print = vault.fingerprint(workspace, "openrouter", SECRET);
    assertThat(open(ONE).fingerprint(workspace, "openrouter", SECRET)).isEqualTo(print);
    assertThat(hex(vault.fingerprint(ROW, "openrouter", SECRET))).isNotEqualTo(hex(print));
    assertThat(hex(vault.fingerprint(workspace, "sandbox", SECRET))).isNotEqualTo(hex(print));
    assertThat(hex(vault.fingerprint(workspace, "openrouter", Secret.of("sk-or-v1-0"))))
        .isNotEqualTo(hex(print));
  }

  @Test
  void secrets_are_readable_after_a_restart_with_the_same_key() {
    Vault.EncryptedSecret encryptedSecret = seal(open(ONE));
    assertThat(open(ONE).open(encryptedSecret, CONTEXT).reveal()).isEqualTo(SECRET.reveal());
  }

  @Test
  void another_key_seals_the_vault_names_the_required_one_and_writes_nothing() {
    open(ONE);
    String before = rows();
    Vault vault = vault(KekSource.variable("KEYWHEEL_KEK", TWO));
    Sealed sealed = (Sealed) vault.unseal();
    String needed = Kek.fromBase64(ONE).id();
    assertThat(sealed.neededKekId()).isEqualTo(needed);
    assertThat(sealed.sentence().contains(needed)).as(sealed.sentence()).isTrue();
    assertThat(sealed.sentence().contains(Kek.fromBase64(TWO).id())).as(sealed.sentence()).isTrue();
    assertThat(sealed.sentence().contains(TWO)).isFalse();
    assertThatThrownBy(() -> seal(vault)).isInstanceOf(VaultSealedException.class);
    assertThatThrownBy(() -> vault.fingerprint(workspace, "openrouter", SECRET))
        .isInstanceOf(VaultSealedException.class);
    assertThatThrownBy(() -> vault.kekRotation().change((tx, changed) -> {}))
        .isInstanceOf(VaultSealedException.class);
    assertThat(rows()).isEqualTo(before);
  }

  @Test
  void a_missing_key_seals_the_vault_and_the_right_one_unseals_it_without_a_restart()
      throws IOException {
    Path file = folder.resolve("kek");
    PrivateFile.write(file, ONE);
    Vault vault = vault(KekSource.file(file));
    assertThat(vault.unseal()).isInstanceOf(Open.class);
    Files.delete(file);
    assertThat(((Sealed) vault.unseal()).sentence())
        .contains("(" + file + MISSING + " contains none");
    PrivateFile.write(file, ONE);
    assertThat(vault.unseal()).isInstanceOf(Open.class);
  }

  @Test
  void a_task_that_fails_at_unsealing_seals_the_vault_and_runs_at_the_next_unsealing()
      throws IOException {
    Path file = folder.resolve("kek");
    Vault vault = vault(KekSource.file(file));
    assertThat(((Sealed) vault.unseal()).sentence())
        .isEqualTo("There is no key-encryption key in KEYWHEEL_KEK_FILE (" + file + MISSING + ".");
    var started = new AtomicInteger();
    vault.whenOpen(
        () -> {
          if (started.incrementAndGet() == 1) {
            throw new IllegalStateException("the database is unreachable");
          }
        });
    PrivateFile.write(file, ONE);

    assertThatThrownBy(vault::unseal).isInstanceOf(IllegalStateException.class);

    Sealed sealed = (Sealed) vault.state();
    assertThat(sealed.sentence().contains("Unseal it again.")).as(sealed.sentence()).isTrue();
    assertThatThrownBy(() -> seal(vault)).isInstanceOf(VaultSealedException.class);
    assertThat(vault.unseal()).isInstanceOf(Open.class);
    assertThat(started.get()).isEqualTo(2);
  }

  @Test
  void an_unreadable_key_is_reported_without_being_shown() {
    Sealed sealed = ((Sealed) vault(KekSource.variable("KEYWHEEL_KEK", "c2hvcnQ=")).unseal());
    assertThat(sealed.sentence())
        .isEqualTo(
            "The key-encryption key KEYWHEEL_KEK has 5 bytes; it must be 32 bytes in base64.");
  }

  @Test
  void a_comment_beside_a_key_may_contain_commas() {
    String text = "# Made in May, by Ann, for the new server\n" + TWO + " # new, since May\n" + ONE;
    assertThat(KekSource.variable("KEYWHEEL_KEK", text).read())
        .extracting(Kek::id)
        .containsExactly(Kek.fromBase64(TWO).id(), Kek.fromBase64(ONE).id());
  }

  @Test
  void a_comment_between_keys_on_one_line_hides_those_after_it() {
    assertThat(KekSource.variable("KEYWHEEL_KEK", TWO + ",#old," + ONE).read())
        .extracting(Kek::id)
        .containsExactly(Kek.fromBase64(TWO).id());
  }

  @Test
  void a_key_that_became_unreadable_is_reported_with_its_id() throws IOException {
    Path file = PrivateFile.write(folder.resolve("kek"), ONE);
    Vault vault = vault(KekSource.file(file));
    Open open = (Open) vault.unseal();
    PrivateFile.write(file, "garbage");
    Sealed sealed = (Sealed) vault.unseal();
    assertThat(sealed.neededKekId()).isEqualTo(open.kekId());
    assertThat(
            sealed
                .sentence()
                .endsWith(" This database needs the key-encryption key " + open.kekId() + "."))
        .as(sealed.sentence())
        .isTrue();
  }

  @Test
  void the_kek_file_is_created_once_readable_by_its_owner_only_and_never_beside_old_data()
      throws IOException {
    Path file = folder.resolve("data/kek");
    assertThat(vault(KekSource.managedFile(file)).unseal()).isInstanceOf(Open.class);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Files.delete(file);
    assertThat(vault(KekSource.managedFile(file)).unseal()).isInstanceOf(Sealed.class);
    assertThat(Files.exists(file)).isFalse();
  }

  @Test
  void a_change_of_the_generated_kek_rewraps_all_data_keys_and_keeps_the_old_kek() {
    Path file = folder.resolve("kek");
    Vault vault = vault(KekSource.managedFile(file));
    vault.unseal();
    Vault.EncryptedSecret encryptedSecret = seal(vault);
    KekRotation.RewrapResult done = vault.kekRotation().change((tx, changed) -> {});
    assertThat(done.dataKeys()).isEqualTo(3);
    assertThat(done.toKekId()).isNotEqualTo(done.fromKekId());
    assertThat(KekSource.managedFile(file).read().size()).isEqualTo(2);
    assertThat(KekSource.managedFile(file).retired().keySet()).isEqualTo(Set.of(done.fromKekId()));
    assertThat(vault.open(encryptedSecret, CONTEXT).reveal()).isEqualTo(SECRET.reveal());
    Vault restarted = vault(KekSource.managedFile(file));
    assertThat(restarted.unseal()).isEqualTo(new Open(done.toKekId()));
    assertThat(restarted.open(encryptedSecret, CONTEXT).reveal()).isEqualTo(SECRET.reveal());
  }

  @Test
  void a_new_kek_of_the_operator_must_be_on_the_first_line_of_the_file() throws IOException {
    Path file = folder.resolve("kek");
    PrivateFile.write(file, ONE);
    Vault vault = vault(KekSource.file(file));
    vault.unseal();
    assertThat(
            String.valueOf(
                    catchThrowableOfType(
                            Rejected.class, () -> vault.kekRotation().change((tx, changed) -> {}))
                        .getMessage())
                .contains("on the first line"))
        .isTrue();
    PrivateFile.write(file, TWO + "\n" + ONE + "\n");
    assertThat(vault.kekRotation().change((tx, changed) -> {}).toKekId())
        .isEqualTo(Kek.fromBase64(TWO).id());
    PrivateFile.write(file, TWO);
    assertThat(vault.unseal()).isInstanceOf(Open.class);
  }

  @Test
  void a_stop_between_the_steps_of_a_kek_change_loses_no_data() throws IOException {
    Path file = folder.resolve("kek");
    PrivateFile.write(file, ONE);
    Vault before = vault(KekSource.managedFile(file));
    before.unseal();
    Vault.EncryptedSecret encryptedSecret = seal(before);
    PrivateFile.write(file, TWO + "\n" + ONE + "\n");
    Vault restarted = vault(KekSource.managedFile(file));
    assertThat(restarted.unseal()).isInstanceOf(Open.class);
    assertThat(restarted.open(encryptedSecret, CONTEXT).reveal()).isEqualTo(SECRET.reveal());
  }

  @Test
  void every_secret_is_readable_throughout_a_kek_change() throws Exception {
    Vault vault = vault(KekSource.managedFile(folder.resolve("kek")));
    vault.unseal();
    Vault.EncryptedSecret encryptedSecret = seal(vault);
    var stop = new AtomicBoolean();
    var read = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        Closeable _ = () -> stop.set(true)) {
      Future<?> reader =
          threads.submit(
              () -> {
                while (!stop.get()) {
                  assertThat(vault.open(encryptedSecret, CONTEXT).reveal())
                      .isEqualTo(SECRET.reveal());
                  read.incrementAndGet();
                  Thread.yield();
                }
              });
      for (int i = 0; i < 20; i++) {
        vault.kekRotation().change((tx, changed) -> {});
        Vault other = vault(KekSource.managedFile(folder.resolve("kek")));
        assertThat(other.unseal()).isInstanceOf(Open.class);
        int before = read.get();
        Await.until("it is read again", () -> reader.isDone() || read.get() > before);
      }
      stop.set(true);
      reader.get();
    }
  }

  @Test
  void neither_a_secret_nor_a_key_is_revealed_by_to_string() {
    assertThat(SECRET.toString()).isEqualTo("Secret");
    assertThat(Kek.fromBase64(ONE).toString().contains(ONE)).isFalse();
  }

  private Vault.EncryptedSecret seal(Vault vault) {
    return test.database().read(vault::sealer).seal(SECRET, CONTEXT);
  }

  private Vault open(String kek) {
    Vault vault = vault(KekSource.variable("KEYWHEEL_KEK", kek));
    assertThat(vault.unseal()).isInstanceOf(Open.class);
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

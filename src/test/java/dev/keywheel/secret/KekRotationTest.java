package dev.keywheel.secret;

import static dev.keywheel.db.schema.Tables.DATA_KEYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keywheel.db.Ids;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.KekRotation.RetiredKek;
import dev.keywheel.support.Await;
import dev.keywheel.support.PrivateFile;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.jooq.Record;
import org.jooq.Result;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("full")
class KekRotationTest {
  @AutoClose private final TestDatabase test = TestDatabase.create();
  private final TestClock clock = new TestClock();
  @TempDir private Path folder = Path.of("");

  @Test
  void a_retired_key_is_kept_until_a_user_deletes_it() throws Exception {
    var vault = vault();
    var done = vault.kekRotation().change((tx, changed) -> {});
    Path old = folder.resolve("kek." + done.fromKekId() + ".retired");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(old)))
        .isEqualTo("rw-------");
    assertThat(vault.kekRotation().retired())
        .containsExactly(new RetiredKek(done.fromKekId(), clock.instant(), true, 0));

    var recorded = new ArrayList<String>();
    vault.kekRotation().delete(done.fromKekId(), tx -> recorded.add("deleted"));

    assertThat(old).doesNotExist();
    assertThat(recorded).hasSize(1);
    assertThat(vault.kekRotation().retired()).isEmpty();
    assertThatThrownBy(() -> vault.kekRotation().delete(done.fromKekId(), tx -> {}))
        .isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> vault.kekRotation().delete(done.toKekId(), tx -> {}))
        .as("the key in use")
        .isInstanceOf(NotFound.class);
  }

  @Test
  void a_data_key_is_not_replaced_while_the_key_encryption_key_cannot_be_read() throws Exception {
    var vault = vault();
    Files.writeString(folder.resolve("kek"), "damaged");
    assertThatThrownBy(() -> test.database().inTx(vault.auditKeys()::replace))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("it must be 32 bytes in base64");
  }

  @Test
  void no_key_is_made_while_the_one_in_use_is_missing() throws Exception {
    var vault = vault();
    Path file = folder.resolve("kek");
    Files.delete(file);
    assertThatThrownBy(() -> vault.kekRotation().change((tx, changed) -> {}))
        .isInstanceOf(VaultSealedException.class)
        .hasMessageContaining("contains none");
    assertThat(file).doesNotExist();
    var available = new AtomicReference<>(List.of(Kek.fromBase64(TestPool.KEK)));
    try (var other = TestDatabase.create()) {
      var random = new SecureRandom();
      var ids = new Ids(clock, random);
      var operated = new Vault(other.database(), new Listed(available), random, ids, clock);
      operated.unseal();
      available.set(List.of());
      assertThatThrownBy(() -> operated.kekRotation().change((tx, changed) -> {}))
          .isInstanceOf(VaultSealedException.class)
          .hasMessageContaining("KEYWHEEL_KEK_FILE contains none");
    }
  }

  @Test
  void a_key_that_another_process_put_into_use_is_kept_when_it_is_replaced() {
    var vault = vault();
    var earlier = vault().kekRotation().change((tx, changed) -> {});
    var done = vault.kekRotation().change((tx, changed) -> {});
    assertThat(done.fromKekId()).isEqualTo(earlier.toKekId());
    assertThat(vault.kekRotation().retired())
        .extracting(RetiredKek::kekId)
        .containsExactlyInAnyOrder(earlier.fromKekId(), earlier.toKekId());
    assertThat(folder.resolve("kek." + earlier.toKekId() + ".retired")).exists();
  }

  /** The process stopped after the commit of the change, before it rewrote the file. */
  @Test
  void a_deleted_key_is_also_removed_from_the_file_of_an_interrupted_change() throws Exception {
    var vault = vault();
    Path file = folder.resolve("kek");
    String before = Files.readString(file);
    var done = vault.kekRotation().change((tx, changed) -> {});
    Files.writeString(file, Files.readString(file) + before);

    vault.kekRotation().delete(done.fromKekId(), tx -> {});

    assertThat(KekSource.managedFile(file).read())
        .extracting(Kek::id)
        .containsExactly(done.toKekId());
  }

  @Test
  void a_node_without_the_key_encryption_key_of_a_new_data_key_names_its_id() {
    var old = Kek.fromBase64(TestPool.KEK);
    var fresh = Kek.generate(new SecureRandom());
    var available = new AtomicReference<>(List.of(old));
    var vault = vault(new Listed(available));
    var node = vault(new Listed(new AtomicReference<>(List.of(old))));
    available.set(List.of(fresh, old));
    vault.kekRotation().change((tx, changed) -> {});

    assertThatThrownBy(() -> test.database().runTx(node.auditKeys()::reload))
        .isInstanceOf(VaultSealedException.class)
        .hasMessageContaining("needs the key-encryption key " + fresh.id());
    assertThatThrownBy(() -> test.database().inTx(node.auditKeys()::replace))
        .isInstanceOf(VaultSealedException.class)
        .hasMessageContaining("needs the key-encryption key " + fresh.id());
    assertThatThrownBy(() -> test.database().inTx(node::replaceDataKey))
        .isInstanceOf(VaultSealedException.class)
        .hasMessageContaining("needs the key-encryption key " + fresh.id());
  }

  /** The signing key of the audit log is replaced on another node while the change commits. */
  @Test
  void a_data_key_made_during_the_change_is_wrapped_by_the_new_key() throws Exception {
    var old = Kek.fromBase64(TestPool.KEK);
    var fresh = Kek.generate(new SecureRandom());
    var available = new AtomicReference<>(List.of(old));
    var vault = vault(new Listed(available));
    var node = vault(new Listed(available));
    available.set(List.of(fresh, old));
    try (var other = Executors.newVirtualThreadPerTaskExecutor()) {
      var replaced = new CompletableFuture<UUID>();
      vault
          .kekRotation()
          .change(
              (tx, changed) -> {
                available.set(List.of(old)); // as the other node saw the file before the change
                other.execute(
                    () ->
                        replaced.completeAsync(
                            () -> test.database().inTx(node.auditKeys()::replace), Runnable::run));
                Await.until(
                    "the replacement waits for the change",
                    () -> TestDatabase.anotherWaitsForLock(tx));
                available.set(List.of(fresh));
              });
      assertThat(node.auditKeys().mac(replaced.get(), new byte[0])).isPresent();
    }
  }

  private record Listed(AtomicReference<List<Kek>> keks) implements KekSource {
    @Override
    public List<Kek> read() {
      return keks.get();
    }

    @Override
    public String name() {
      return "KEYWHEEL_KEK_FILE";
    }
  }

  @Test
  void a_backup_from_before_the_change_opens_and_its_key_cannot_be_deleted() {
    var vault = vault();
    Result<Record> backup = test.database().read(dsl -> dsl.selectFrom(DATA_KEYS).fetch());
    var done = vault.kekRotation().change((tx, changed) -> {});
    test.database()
        .runTx(
            tx -> {
              tx.dsl().deleteFrom(DATA_KEYS).execute();
              backup.forEach(row -> tx.dsl().insertInto(DATA_KEYS).set(row.intoMap()).execute());
            });

    assertThat(vault.unseal()).isEqualTo(new VaultState.Open(done.fromKekId()));
    assertThatThrownBy(() -> vault.kekRotation().delete(done.fromKekId(), tx -> {}))
        .isInstanceOf(NotFound.class);
    var again = vault.kekRotation().change((tx, changed) -> {});
    assertThat(again.fromKekId()).isEqualTo(done.fromKekId());
    assertThat(vault().kekRotation().retired())
        .extracting(RetiredKek::kekId)
        .contains(done.fromKekId());
  }

  @Test
  void a_key_that_wraps_a_data_key_is_not_deleted() {
    var vault = vault();
    Result<Record> backup = test.database().read(dsl -> dsl.selectFrom(DATA_KEYS).fetch());
    var done = vault.kekRotation().change((tx, changed) -> {});
    test.database()
        .runTx(
            tx -> {
              var audit =
                  backup.stream()
                      .filter(row -> row.get(DATA_KEYS.PURPOSE).equals("audit"))
                      .findFirst();
              tx.dsl()
                  .update(DATA_KEYS)
                  .set(DATA_KEYS.WRAPPED, audit.orElseThrow().get(DATA_KEYS.WRAPPED))
                  .set(DATA_KEYS.KEK_ID, done.fromKekId())
                  .set(DATA_KEYS.CREATED_AT, clock.instant().minusSeconds(1))
                  .where(DATA_KEYS.PURPOSE.eq("audit"))
                  .execute();
            });
    assertThat(vault.kekRotation().retired()).extracting(RetiredKek::dataKeys).containsExactly(1);
    assertThatThrownBy(() -> vault.kekRotation().delete(done.fromKekId(), tx -> {}))
        .isInstanceOf(Conflict.class)
        .hasMessageContaining("still wraps data keys");
    assertThat(folder.resolve("kek." + done.fromKekId() + ".retired")).exists();
  }

  @Test
  void an_operator_s_key_cannot_be_deleted_before_it_is_removed_from_its_file() {
    Path file = folder.resolve("operator");
    Kek one = Kek.generate(new SecureRandom());
    Kek two = Kek.generate(new SecureRandom());
    PrivateFile.write(file, one.base64());
    var vault = vault(KekSource.file(file));
    PrivateFile.write(file, two.base64() + "\n" + one.base64());
    vault.kekRotation().change((tx, changed) -> {});
    assertThatThrownBy(() -> vault.kekRotation().delete(one.id(), tx -> {}))
        .isInstanceOf(Conflict.class)
        .hasMessageContaining("from KEYWHEEL_KEK_FILE");
    PrivateFile.write(file, two.base64());
    assertThat(vault.kekRotation().retired())
        .containsExactly(new RetiredKek(one.id(), clock.instant(), false, 0));
    vault.kekRotation().delete(one.id(), tx -> {});
    assertThat(vault.kekRotation().retired()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "rw-r--r--,0644,read",
    "rw----r--,0604,read",
    "rw-rw----,0660,change",
    "r--r--r--,0444,read",
    "rw--w----,0620,change"
  })
  void a_file_that_other_accounts_may_use_is_refused(String mode, String octal, String what) {
    Path file = PrivateFile.write(folder.resolve("open"), TestPool.KEK, mode);
    var source = KekSource.file(file);
    assertThat(source.refusal().orElseThrow())
        .isEqualTo(
            "The key-encryption key KEYWHEEL_KEK_FILE (%1$s) is in a file with mode %2$s that other accounts may %3$s; make it private: chmod 600 %1$s",
            file, octal, what);
    assertThatThrownBy(source::read).isInstanceOf(IllegalArgumentException.class);
    assertThat(KekSource.managedFile(file).refusal()).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "r--------", "rwx------"})
  void a_private_file_is_accepted(String mode) {
    Path file = PrivateFile.write(folder.resolve("private"), TestPool.KEK, mode);
    assertThat(KekSource.file(file).refusal()).isEmpty();
    assertThat(KekSource.file(file).read()).hasSize(1);
  }

  @Test
  void a_file_of_root_may_be_readable_by_its_group() throws Exception {
    Path file = PrivateFile.write(folder.resolve("mounted"), TestPool.KEK, "r--r-----");
    assumeThat(Files.getOwner(file).getName()).isEqualTo("root");
    assertThat(KekSource.file(file).read()).hasSize(1);
  }

  private Vault vault() {
    return vault(KekSource.managedFile(folder.resolve("kek")));
  }

  private Vault vault(KekSource source) {
    var random = new SecureRandom();
    var vault = new Vault(test.database(), source, random, new Ids(clock, random), clock);
    assertThat(vault.unseal()).isInstanceOf(VaultState.Open.class);
    return vault;
  }
}

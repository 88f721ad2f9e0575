package dev.keywheel.secret;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.DATA_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_IMPORTS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Tx;
import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.pool.KeySecrets;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.factor.AuthenticatorAppRepository;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.DataKeyRotation.RetiredDataKey;
import dev.keywheel.support.TestPool;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class DataKeyRotationTest {
  private static final List<EncryptedColumn> COLUMNS =
      List.of(KeySecrets.COLUMN, KeyImport.COLUMN, AuthenticatorAppRepository.COLUMN);

  @AutoClose private final TestPool t = new TestPool();
  private final DataKeyRotation rotation =
      new DataKeyRotation(t.database, t.vault, COLUMNS, t.clock);
  private final List<RetiredDataKey> ended = new ArrayList<>();

  @Test
  void every_secret_is_moved_and_the_retired_key_is_deleted() {
    var secrets = secrets(t.add(DataKeyRotation.BATCH + 5));
    UUID before = rotation.status().dataKeyId();

    UUID fresh = rotation.start((tx, id) -> {});

    assertThat(rotation.status().dataKeyId()).isEqualTo(fresh).isNotEqualTo(before);
    assertThat(rotation.status().retired())
        .extracting(RetiredDataKey::dataKeyId)
        .containsExactly(before);
    assertThat(secrets(List.copyOf(secrets.keySet())))
        .as("both data keys are usable")
        .isEqualTo(secrets);
    run();
    assertThat(usedKeys()).containsExactly(fresh);
    assertThat(rotation.status().retired()).isEmpty();
    assertThat(ended)
        .singleElement()
        .extracting(RetiredDataKey::moved, RetiredDataKey::total)
        .containsExactly(205L, 205L);
    assertThat(secrets(List.copyOf(secrets.keySet()))).isEqualTo(secrets);
    assertThat(t.database.<Integer>read(dsl -> dsl.fetchCount(DATA_KEYS, DATA_KEYS.ID.eq(before))))
        .isZero();
  }

  @Test
  void a_killed_rotation_continues_where_it_stopped() {
    var secrets = secrets(t.add(DataKeyRotation.BATCH * 2));
    UUID fresh = rotation.start((tx, id) -> {});
    var polls = new AtomicInteger();
    rotation.run(() -> polls.incrementAndGet() > 1, (tx, retired) -> ended.add(retired));
    assertThat(rotation.status().retired().getFirst().moved()).isEqualTo(DataKeyRotation.BATCH);
    assertThat(usedKeys()).hasSize(2);

    restarted().run(() -> false, (tx, retired) -> ended.add(retired));

    assertThat(usedKeys()).containsExactly(fresh);
    assertThat(ended).extracting(RetiredDataKey::moved).containsExactly(400L);
    assertThat(secrets(List.copyOf(secrets.keySet()))).isEqualTo(secrets);
  }

  @Test
  void another_node_uses_the_new_key_at_once_and_opens_secrets_it_did_not_seal() {
    Vault other = vault();
    UUID old = t.database.read(other::sealer).seal(Secret.of("x"), context()).dataKeyId();
    UUID fresh = rotation.start((tx, id) -> {});
    var sealed = t.database.read(other::sealer).seal(Secret.of("y"), context());
    assertThat(sealed.dataKeyId()).isEqualTo(fresh).isNotEqualTo(old);
    assertThat(vault().open(sealed, context()).reveal()).isEqualTo("y");
    Vault third = vault();
    UUID newest = finishAndStart();
    var later = t.database.read(t.vault::sealer).seal(Secret.of("z"), context());
    assertThat(later.dataKeyId()).isEqualTo(newest);
    assertThat(third.open(later, context()).reveal()).isEqualTo("z");
  }

  @Test
  void a_data_key_that_is_still_used_is_kept_and_a_second_rotation_is_refused() {
    UUID id = t.add(1).getFirst();
    t.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.CIPHERTEXT, new byte[40])
                .where(API_KEYS.ID.eq(id))
                .execute());
    UUID before = rotation.status().dataKeyId();
    rotation.start((tx, fresh) -> {});
    run();
    assertThat(rotation.status().retired())
        .extracting(RetiredDataKey::dataKeyId)
        .containsExactly(before);
    assertThatThrownBy(() -> rotation.start((tx, fresh) -> {}))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("A rotation is in progress");
    assertThat(
            t.database.<Integer>read(
                dsl -> dsl.fetchCount(DATA_KEYS, DATA_KEYS.PURPOSE.eq("secrets"))))
        .as("the refused rotation created no data key")
        .isEqualTo(2);
    t.clock.tick(Duration.ofDays(-1)); // a clock that is set back does not prolong the wait
    run();
    t.database.runTx(tx -> tx.dsl().deleteFrom(API_KEYS).where(API_KEYS.ID.eq(id)).execute());
    run();
    assertThat(rotation.status().retired()).as("not tried again at once").hasSize(1);
    t.clock.tick(Duration.ofHours(2));
    run();
    assertThat(rotation.status().retired()).isEmpty();
  }

  @Test
  void pending_imports_are_moved_and_erased_ones_do_not_block_the_deletion() {
    var imports = new KeyImport(t.database, t.vault, audit(), t.jobs, t.ids, t.clock);
    var pool = new PoolId(t.workspace, "openrouter");
    var erased = imports.preview(pool, "sk-or-v1-aaaaaaaaaaaaaaaaaaaa", t.admin);
    t.clock.tick(KeyImport.PREVIEW_LIFETIME.plusSeconds(1));
    assertThat(imports.eraseExpiredSecrets()).isEqualTo(1);
    var waiting = imports.preview(pool, "sk-or-v1-bbbbbbbbbbbbbbbbbbbb", t.admin);
    UUID fresh = rotation.start((tx, id) -> {});
    run();
    assertThat(rotation.status().retired()).isEmpty();
    assertThat(
            t.database.<List<UUID>>read(
                dsl ->
                    dsl.selectDistinct(KEY_IMPORTS.DATA_KEY_ID)
                        .from(KEY_IMPORTS)
                        .fetch(KEY_IMPORTS.DATA_KEY_ID)))
        .containsExactly(fresh);
    assertThat(imports.confirm(waiting.id(), t.admin).confirmed()).isTrue();
    assertThat(imports.get(t.workspace, erased.id()).expired()).isTrue();
  }

  @Test
  void secrets_of_an_older_version_are_bound_to_their_pool_automatically() throws Exception {
    UUID id = t.add(1).getFirst();
    storeInFirstFormat(id);
    assertThat(secrets(List.of(id))).containsValue("sk-or-v1-test-secret-of-key1");
    byte[] old = ciphertext(id);
    assertThat(old[0]).isEqualTo((byte) 1);

    restarted().run(() -> false, (tx, retired) -> ended.add(retired));

    assertThat(ciphertext(id)[0]).isEqualTo((byte) 2);
    assertThat(ended).hasSize(1);
    assertThat(secrets(List.of(id))).containsValue("sk-or-v1-test-secret-of-key1");
    restarted().run(() -> false, (tx, retired) -> ended.add(retired));
    assertThat(ended).as("rotated only once").hasSize(1);
  }

  @Test
  void a_rotation_that_an_older_version_began_ends_before_the_automatic_one() throws Exception {
    UUID id = t.add(1).getFirst();
    storeInFirstFormat(id);
    UUID older = rotation.start((tx, fresh) -> {});
    t.database.runTx(tx -> setFirstFormat(tx, older));

    restarted().run(() -> false, (tx, retired) -> ended.add(retired));
    assertThat(rotation.status().dataKeyId()).isEqualTo(older);
    assertThat(rotation.status().retired()).isEmpty();
    restarted().run(() -> false, (tx, retired) -> ended.add(retired));

    assertThat(ended).hasSize(2);
    assertThat(ciphertext(id)[0]).isEqualTo((byte) 2);
    assertThat(secrets(List.of(id))).containsValue("sk-or-v1-test-secret-of-key1");
  }

  @Test
  void every_column_that_a_data_key_encrypts_is_moved() {
    List<String> tables =
        t.database.read(
            dsl ->
                dsl.fetch(
                        "select conrelid::regclass::text from pg_constraint where contype = 'f' and"
                            + " confrelid = 'data_keys'::regclass order by 1")
                    .getValues(0, String.class));
    assertThat(COLUMNS)
        .extracting(column -> column.id().getTable().getName())
        .hasSameElementsAs(tables);
  }

  private UUID finishAndStart() {
    run();
    return rotation.start((tx, id) -> {});
  }

  private void run() {
    rotation.run(() -> false, (tx, retired) -> ended.add(retired));
  }

  private DataKeyRotation restarted() {
    return new DataKeyRotation(t.database, vault(), COLUMNS, t.clock);
  }

  private Vault vault() {
    var kek = KekSource.variable("KEYWHEEL_KEK", TestPool.KEK);
    var vault = new Vault(t.database, kek, new SecureRandom(), t.ids, t.clock);
    vault.unseal();
    return vault;
  }

  private Audit audit() {
    return new Audit(t.database, t.vault.auditKeys(), t.clock);
  }

  private EncryptionContext context() {
    return EncryptionContext.of("test", t.workspace);
  }

  private Map<UUID, String> secrets(List<UUID> ids) {
    var all = new HashMap<UUID, String>();
    new KeyPool(t.database, vault(), t.clock)
        .secrets()
        .openAll(t.workspace, ids)
        .forEach((id, secret) -> all.put(id, secret.get().reveal()));
    return all;
  }

  private List<UUID> usedKeys() {
    return t.database.read(
        dsl -> dsl.selectDistinct(API_KEYS.DATA_KEY_ID).from(API_KEYS).fetch(API_KEYS.DATA_KEY_ID));
  }

  private byte[] ciphertext(UUID id) {
    return t.database.read(
        dsl ->
            dsl.select(API_KEYS.CIPHERTEXT)
                .from(API_KEYS)
                .where(API_KEYS.ID.eq(id))
                .fetchSingle(API_KEYS.CIPHERTEXT));
  }

  /** Replaces the key's ciphertext and its data key by those that the first version wrote. */
  private void storeInFirstFormat(UUID id) throws Exception {
    UUID dataKey = rotation.status().dataKeyId();
    byte[] wrapped =
        t.database.read(
            dsl ->
                dsl.select(DATA_KEYS.WRAPPED)
                    .from(DATA_KEYS)
                    .where(DATA_KEYS.ID.eq(dataKey))
                    .fetchSingle(DATA_KEYS.WRAPPED));
    var kek = CipherKey.of(Kek.fromBase64(TestPool.KEK));
    byte[] bytes =
        new AesGcm(new SecureRandom())
            .open(kek, wrapped, EncryptionContext.of("data_key", dataKey, "secrets"));
    byte[] nonce = new byte[12];
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE,
        CipherKey.data(dataKey, bytes, 1).key(),
        new GCMParameterSpec(128, nonce));
    cipher.updateAAD(("api_key|" + id + "|v1").getBytes(UTF_8));
    byte[] sealed = cipher.doFinal("sk-or-v1-test-secret-of-key1".getBytes(UTF_8));
    byte[] stored =
        ByteBuffer.allocate(13 + sealed.length).put((byte) 1).put(nonce).put(sealed).array();
    t.database.runTx(
        tx -> {
          tx.dsl()
              .update(API_KEYS)
              .set(API_KEYS.CIPHERTEXT, stored)
              .where(API_KEYS.ID.eq(id))
              .execute();
          setFirstFormat(tx, dataKey);
        });
    t.vault.unseal();
  }

  private static void setFirstFormat(Tx tx, UUID dataKey) {
    tx.dsl()
        .update(DATA_KEYS)
        .set(DATA_KEYS.FORMAT, (short) 1)
        .where(DATA_KEYS.ID.eq(dataKey))
        .execute();
  }
}

package dev.keywheel.key;

import static dev.keywheel.db.schema.Tables.API_KEYS;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.ApiKeysRecord;
import dev.keywheel.db.schema.tables.records.KeyChangesRecord;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** Puts keys into the table, and finds the ones that are there already. */
final class KeyInserts {
  private static final int CHUNK = 1000;

  private final Vault vault;
  private final Ids ids;

  KeyInserts(Vault vault, Ids ids) {
    this.vault = vault;
    this.ids = ids;
  }

  /** A key that the pool has, or has in its trash. */
  record Known(UUID id, String name, boolean inTrash) {}

  /** The fingerprint, in a form that can be looked up. */
  ByteBuffer fingerprint(PoolId pool, Secret secret) {
    return ByteBuffer.wrap(vault.fingerprint(pool.workspaceId(), pool.provider(), secret));
  }

  Map<ByteBuffer, Known> known(DSLContext dsl, PoolId pool, List<ByteBuffer> fingerprints) {
    Map<ByteBuffer, Known> known = new HashMap<>();
    for (int from = 0; from < fingerprints.size(); from += CHUNK) {
      List<byte[]> chunk =
          fingerprints.subList(from, Math.min(from + CHUNK, fingerprints.size())).stream()
              .map(ByteBuffer::array)
              .toList();
      dsl.select(API_KEYS.FINGERPRINT, API_KEYS.ID, API_KEYS.NAME, API_KEYS.DELETED_AT)
          .from(API_KEYS)
          .where(API_KEYS.WORKSPACE_ID.eq(pool.workspaceId()))
          .and(API_KEYS.PROVIDER.eq(pool.provider()))
          .and(API_KEYS.FINGERPRINT.in(chunk))
          .forEach(
              row ->
                  known.put(
                      ByteBuffer.wrap(row.value1()),
                      new Known(row.value2(), row.value3(), row.value4() != null)));
    }
    return known;
  }

  /** Adds keys that the pool does not know; to be called with the pool locked. */
  List<UUID> insert(
      Tx tx, PoolId pool, List<NewKey> keys, Instant now, String actor, @Nullable UUID by) {
    var added = new ArrayList<UUID>();
    for (int from = 0; from < keys.size(); from += CHUNK) {
      List<ApiKeysRecord> rows =
          keys.subList(from, Math.min(from + CHUNK, keys.size())).stream()
              .map(key -> row(pool, key, now, by))
              .toList();
      tx.dsl().batchInsert(rows).execute();
      tx.dsl().batchInsert(rows.stream().map(row -> history(row, now, actor)).toList()).execute();
      rows.forEach(row -> added.add(row.getId()));
    }
    return added;
  }

  private ApiKeysRecord row(PoolId pool, NewKey key, Instant now, @Nullable UUID by) {
    UUID id = ids.next();
    Vault.Sealed sealed = vault.seal(key.secret(), KeyPool.SEALED_KIND, id);
    KeyShape shape = KeyShape.of(key.secret());
    var row = new ApiKeysRecord();
    row.setId(id);
    row.setWorkspaceId(pool.workspaceId());
    row.setProvider(pool.provider());
    row.setName(key.name());
    row.setAccount(key.account());
    row.setAccountSource(key.account() == null ? null : "typed");
    row.setDataKeyId(sealed.dataKeyId());
    row.setCiphertext(sealed.ciphertext());
    row.setFingerprint(fingerprint(pool, key.secret()).array());
    row.setPrefix(shape.prefix());
    row.setLastFour(shape.lastFour());
    row.setStatus(KeyStatus.ACTIVE.word());
    row.setStatusSince(now);
    row.setAddedAt(now);
    row.setAddedBy(by);
    return row;
  }

  private static KeyChangesRecord history(ApiKeysRecord row, Instant now, String actor) {
    var change = new KeyChangesRecord();
    change.setKeyId(row.getId());
    change.setAt(now);
    change.setKind("added");
    change.setToStatus(KeyStatus.ACTIVE.word());
    change.setActor(actor);
    return change;
  }
}

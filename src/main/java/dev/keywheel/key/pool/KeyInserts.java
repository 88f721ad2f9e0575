package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.unnest;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;
import static org.jooq.impl.SQLDataType.BLOB;
import static org.jooq.impl.SQLDataType.UUID;
import static org.jooq.impl.SQLDataType.VARCHAR;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.secret.Sealer;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;

/** Inserts keys, and finds those that exist already. */
public final class KeyInserts {
  private static final int CHUNK = 1000;

  /** Keys of less than this part of their pool do not change its statistics. */
  private static final int FEW_OF_POOL = 10;

  private final Vault vault;
  private final Ids ids;

  public KeyInserts(Vault vault, Ids ids) {
    this.vault = vault;
    this.ids = ids;
  }

  /** A key of the pool or its trash. */
  public record Known(UUID id, String name, boolean inTrash) {}

  /** The fingerprint as a key for maps. */
  public ByteBuffer fingerprint(PoolId pool, Secret secret) {
    return ByteBuffer.wrap(vault.fingerprint(pool.workspaceId(), pool.provider(), secret));
  }

  public Map<ByteBuffer, Known> known(DSLContext dsl, PoolId pool, List<ByteBuffer> fingerprints) {
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

  /**
   * Adds keys that the pool does not have; the caller holds its lock. One statement inserts a
   * thousand keys, with an array for each column.
   */
  public List<UUID> insert(
      Tx tx, PoolId pool, List<NewKey> keys, Instant now, String actor, @Nullable UUID by) {
    var added = new ArrayList<UUID>();
    for (int from = 0; from < keys.size(); from += CHUNK) {
      List<NewKey> chunk = keys.subList(from, Math.min(from + CHUNK, keys.size()));
      UUID[] rows = chunk.stream().map(key -> ids.next()).toArray(UUID[]::new);
      insert(tx, pool, chunk, rows, now, by);
      history(tx, rows, now, actor);
      added.addAll(List.of(rows));
    }
    if (keys.size() >= CHUNK
        && keys.size() >= PoolRepository.counts(tx.dsl(), pool).all() / FEW_OF_POOL) {
      // Until autovacuum runs, the planner would take the table for an empty one. In a large pool
      // it knows enough, and would read 30,000 pages with the pool locked.
      tx.dsl().fetch("select analyze_api_keys()");
    }
    return added;
  }

  private void insert(
      Tx tx, PoolId pool, List<NewKey> keys, UUID[] rows, Instant now, @Nullable UUID by) {
    Vault.EncryptedSecret[] sealed = new Vault.EncryptedSecret[rows.length];
    Sealer sealer = vault.sealer(tx.dsl());
    for (int i = 0; i < rows.length; i++) {
      var context = KeySecrets.context(pool.workspaceId(), pool.provider(), rows[i]);
      sealed[i] = sealer.seal(keys.get(i).secret(), context);
    }
    byte[][] prints =
        keys.stream().map(key -> fingerprint(pool, key.secret()).array()).toArray(byte[][]::new);
    Field<UUID> id = column("id", UUID);
    Field<String> account = column("account", VARCHAR);
    Table<?> given =
        table(
                "unnest({0}, {1}, {2}, {3}, {4}, {5}, {6}, {7})",
                val(rows),
                val(texts(keys, NewKey::name)),
                val(texts(keys, NewKey::account)),
                val(texts(keys, key -> key.secret().prefix())),
                val(texts(keys, key -> key.secret().lastFour())),
                val(
                    Arrays.stream(sealed)
                        .map(Vault.EncryptedSecret::dataKeyId)
                        .toArray(UUID[]::new)),
                val(
                    Arrays.stream(sealed)
                        .map(Vault.EncryptedSecret::ciphertext)
                        .toArray(byte[][]::new)),
                val(prints))
            .as("given", "id", "name", "account", "prefix", "last_four", "key", "text", "print");
    tx.dsl()
        .insertInto(
            API_KEYS,
            API_KEYS.ID,
            API_KEYS.NAME,
            API_KEYS.ACCOUNT,
            API_KEYS.PREFIX,
            API_KEYS.LAST_FOUR,
            API_KEYS.DATA_KEY_ID,
            API_KEYS.CIPHERTEXT,
            API_KEYS.FINGERPRINT,
            API_KEYS.ACCOUNT_SOURCE,
            API_KEYS.WORKSPACE_ID,
            API_KEYS.PROVIDER,
            API_KEYS.STATUS,
            API_KEYS.STATUS_SINCE,
            API_KEYS.ADDED_AT,
            API_KEYS.ADDED_BY)
        .select(
            select(
                    id,
                    column("name", VARCHAR),
                    account,
                    column("prefix", VARCHAR),
                    column("last_four", VARCHAR),
                    column("key", UUID),
                    column("text", BLOB),
                    column("print", BLOB),
                    when(account.isNotNull(), inline("typed")),
                    val(pool.workspaceId()),
                    val(pool.provider()),
                    val(KeyStatus.ACTIVE.code()),
                    val(now),
                    val(now),
                    val(by, API_KEYS.ADDED_BY))
                .from(given))
        .execute();
  }

  private static void history(Tx tx, UUID[] rows, Instant now, String actor) {
    tx.dsl()
        .insertInto(
            KEY_CHANGES,
            KEY_CHANGES.KEY_ID,
            KEY_CHANGES.AT,
            KEY_CHANGES.KIND,
            KEY_CHANGES.TO_STATUS,
            KEY_CHANGES.ACTOR)
        .select(
            select(
                    column("id", UUID),
                    val(now),
                    val("added"),
                    val(KeyStatus.ACTIVE.code()),
                    val(actor))
                .from(unnest(val(rows)).as("given", "id")))
        .execute();
  }

  private static <T> Field<T> column(String name, DataType<T> type) {
    return field(name("given", name), type);
  }

  private static String[] texts(List<NewKey> keys, Function<NewKey, @Nullable String> part) {
    return keys.stream().map(part).toArray(String[]::new);
  }
}

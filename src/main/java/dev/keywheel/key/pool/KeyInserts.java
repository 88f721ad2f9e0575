package dev.keywheel.key.pool;

import static dev.keywheel.db.query.Columns.column;
import static dev.keywheel.db.query.Columns.text;
import static dev.keywheel.db.schema.Tables.API_KEYS;
import static java.util.stream.Gatherers.windowFixed;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Columns;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.secret.Sealer;
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

/** Inserts keys, and finds those that already exist. */
public final class KeyInserts {
  private record Row(UUID id, NewKey key, Vault.EncryptedSecret sealed, byte[] fingerprint) {}

  private static final Columns<Row> ROW =
      Columns.of(
          column("id", UUID.class, Row::id),
          text("name", row -> row.key().name()),
          text("account", row -> row.key().account()),
          text("prefix", row -> row.key().secret().prefix()),
          text("last_four", row -> row.key().secret().lastFour()),
          column("data_key_id", UUID.class, row -> row.sealed().dataKeyId()),
          column("ciphertext", byte[].class, row -> row.sealed().ciphertext()),
          column("fingerprint", byte[].class, Row::fingerprint));

  private static final String INSERT =
      """
      insert into api_keys (%1$s, account_source, workspace_id, provider, status, status_since,
                            added_at, added_by)
      select %1$s, case when account is not null then 'typed' end, {1}, {2}, {3}, {4}, {4}, {5}
        from {0}
      """
          .formatted(ROW.names());

  private static final int CHUNK = 1000;

  /**
   * An insert of at least {@link #CHUNK} keys updates the statistics if at least one in this many
   * keys of the pool is new.
   */
  private static final int ANALYZE_ONE_IN = 10;

  private final Vault vault;
  private final Ids ids;

  public KeyInserts(Vault vault, Ids ids) {
    this.vault = vault;
    this.ids = ids;
  }

  /** A key that the pool already has. */
  public record ExistingKey(UUID id, String name, boolean inTrash) {}

  /** The fingerprint of a secret, in a form that can be the key of a map. */
  public ByteBuffer fingerprint(PoolId pool, Secret secret) {
    return ByteBuffer.wrap(vault.fingerprint(pool.workspaceId(), pool.provider(), secret));
  }

  /** Finds the keys of the pool with these fingerprints, including those in the trash. */
  public Map<ByteBuffer, ExistingKey> known(
      DSLContext dsl, PoolId pool, List<ByteBuffer> fingerprints) {
    Map<ByteBuffer, ExistingKey> known = new HashMap<>();
    for (List<byte[]> chunk :
        fingerprints.stream().map(ByteBuffer::array).gather(windowFixed(CHUNK)).toList()) {
      dsl.select(API_KEYS.FINGERPRINT, API_KEYS.ID, API_KEYS.NAME, API_KEYS.DELETED_AT)
          .from(API_KEYS)
          .where(API_KEYS.WORKSPACE_ID.eq(pool.workspaceId()))
          .and(API_KEYS.PROVIDER.eq(pool.provider()))
          .and(API_KEYS.FINGERPRINT.in(chunk))
          .forEach(
              row ->
                  known.put(
                      ByteBuffer.wrap(row.value1()),
                      new ExistingKey(row.value2(), row.value3(), row.value4() != null)));
    }
    return known;
  }

  /**
   * Adds keys that the pool does not have, and returns their ids. Does not lock the pool, because a
   * large pool takes seconds; the caller then counts the keys with {@link
   * PoolRepository#countInserted}. A key or name that another transaction adds at the same time
   * violates a unique index. One statement inserts up to a thousand keys, with an array for each
   * column.
   *
   * @param actor who adds the keys, for their history
   * @param by the id of the user who adds the keys; null when no user does
   */
  public List<UUID> insert(
      Tx tx, PoolId pool, List<NewKey> keys, Instant now, String actor, @Nullable UUID by) {
    var added = new ArrayList<UUID>();
    tx.dsl().fetch("select set_config('keywheel.pool_counts', 'later', true)");
    for (List<NewKey> chunk : keys.stream().gather(windowFixed(CHUNK)).toList()) {
      if (added.size() == CHUNK) {
        analyzeSmallTable(tx);
      }
      UUID[] rows = chunk.stream().map(key -> ids.next()).toArray(UUID[]::new);
      insert(tx, pool, chunk, rows, now, by);
      insertHistory(tx, rows, now, actor);
      added.addAll(List.of(rows));
    }
    if (keys.size() >= CHUNK
        && keys.size() >= PoolRepository.counts(tx.dsl(), pool).all() / (ANALYZE_ONE_IN - 1)) {
      // Until autovacuum runs, the planner would assume that the table is empty. For a large pool
      // the old statistics are good enough, and an analysis would read 30,000 pages.
      tx.dsl().fetch("select analyze_api_keys()");
    }
    return added;
  }

  /**
   * Updates the statistics if the table was small. PostgreSQL checks the foreign keys of each new
   * key with a cached plan. In a small table the plan reads all rows, and only new statistics
   * replace it.
   */
  private static void analyzeSmallTable(Tx tx) {
    tx.dsl()
        .fetch(
            """
            select analyze_api_keys() from pg_class
             where oid = 'api_keys'::regclass and reltuples < {0}
            """,
            val(CHUNK));
  }

  private void insert(
      Tx tx, PoolId pool, List<NewKey> keys, UUID[] ids, Instant now, @Nullable UUID by) {
    Sealer sealer = vault.sealer(tx.dsl());
    var rows = new ArrayList<Row>();
    for (int i = 0; i < ids.length; i++) {
      Secret secret = keys.get(i).secret();
      var context = KeySecrets.context(pool.workspaceId(), pool.provider(), ids[i]);
      byte[] fingerprint = fingerprint(pool, secret).array();
      rows.add(new Row(ids[i], keys.get(i), sealer.seal(secret, context), fingerprint));
    }
    tx.dsl()
        .execute(
            INSERT,
            ROW.table(rows),
            val(pool.workspaceId()),
            val(pool.provider()),
            val(KeyStatus.ACTIVE.code()),
            val(now),
            val(by, API_KEYS.ADDED_BY));
  }

  private static void insertHistory(Tx tx, UUID[] ids, Instant now, String actor) {
    tx.dsl()
        .execute(
            """
            insert into key_changes (key_id, at, kind, to_status, actor)
            select id, {1}, 'added', {2}, {3} from unnest({0}) as given(id)
            """,
            val(ids), val(now), val(KeyStatus.ACTIVE.code()), val(actor));
  }
}

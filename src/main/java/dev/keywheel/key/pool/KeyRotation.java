package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.RotationNumber;
import dev.keywheel.provider.ModelClass;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.SortField;

/** The order of a pool's keys: least recently assigned first. */
public final class KeyRotation {
  /** Keys that were never assigned come first, in the order in which they were added. */
  static final List<SortField<?>> ORDER =
      List.of(API_KEYS.ASSIGNED_SEQ.asc().nullsFirst(), API_KEYS.ADDED_SEQ.asc());

  private final Database database;

  KeyRotation(Database database) {
    this.database = database;
  }

  /** Locks the pool's row until the transaction ends; creates it for a new pool. */
  public void lock(Tx tx, PoolId pool) {
    PoolRepository.lock(tx, pool);
  }

  /** The first usable keys in rotation order. */
  public List<ApiKey> findUsable(
      Tx tx, PoolId pool, ModelClass models, Set<UUID> excluded, int limit) {
    return usable(tx.dsl(), pool, models, excluded, limit);
  }

  /** As {@link #findUsable}, outside a transaction. */
  public List<ApiKey> findNext(PoolId pool, ModelClass models, int limit) {
    return database.read(dsl -> usable(dsl, pool, models, Set.of(), limit));
  }

  /** The first keys of the pool in rotation order, whatever their status. */
  public List<ApiKey> findAll(PoolId pool, int limit) {
    return database.read(dsl -> keys(dsl, pool, noCondition(), limit));
  }

  /** The number of keys that can serve this class of models. */
  public int countUsable(Tx tx, PoolId pool, ModelClass models) {
    return PoolRepository.usable(tx.dsl(), pool, models);
  }

  /**
   * Assigns the keys in the order of the list: each gets the next rotation number and so moves to
   * the end. The caller holds the pool's lock.
   */
  public List<RotationNumber> assign(Tx tx, List<UUID> keys) {
    Map<UUID, Long> numbers =
        tx.dsl()
            .resultQuery(
                """
                with given as (
                  select id, nextval('rotation_seq') as seq
                  from (select id from unnest({0}) with ordinality as g(id, n) order by n) o)
                update api_keys k set assigned_seq = given.seq, assigned = k.assigned + 1
                from given where k.id = given.id
                returning k.id, given.seq""",
                val(keys.toArray(UUID[]::new)))
            .fetchMap(row -> row.get(0, UUID.class), row -> row.get(1, Long.class));
    PoolRepository.changedWith(tx, keys);
    return keys.stream()
        .map(key -> new RotationNumber(key, Objects.requireNonNull(numbers.get(key))))
        .toList();
  }

  private static List<ApiKey> usable(
      DSLContext dsl, PoolId pool, ModelClass models, Collection<UUID> excluded, int limit) {
    var usable = models == ModelClass.FREE ? API_KEYS.USABLE_FREE : API_KEYS.USABLE_PAID;
    return keys(dsl, pool, condition(usable).and(API_KEYS.ID.notIn(excluded)), limit);
  }

  private static List<ApiKey> keys(DSLContext dsl, PoolId pool, Condition which, int limit) {
    return dsl.select(KeyRepository.COLUMNS)
        .from(API_KEYS)
        .where(KeyRepository.inPool(pool))
        .and(which)
        .orderBy(ORDER)
        .limit(limit)
        .fetch(KeyRepository::key);
  }
}

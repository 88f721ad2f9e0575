package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.min;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.resultQuery;
import static org.jooq.impl.DSL.sql;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolSeating;
import dev.keywheel.key.state.RotationNumber;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.secret.Vault.EncryptedSecret;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.QueryPart;
import org.jooq.Record;
import org.jooq.ResultQuery;
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

  /**
   * Locks the pool's row, raises its version and returns how the pool gives its keys; empty for a
   * pool that never had a key.
   *
   * @param keepPlans whether PostgreSQL may use the plans of the statements that follow for all
   *     parameters: not for few keys among many, as those of a tag or an account are, nor for so
   *     many at once that a plan for a pool of average size would sort the largest. Where
   *     conversations stay with their accounts, which read that many, it never may
   */
  public Optional<PoolSeating> lockForSeats(Tx tx, PoolId pool, Instant now, boolean keepPlans) {
    return PoolRepository.lockForSeats(tx, pool, now, keepPlans);
  }

  /** Takes back that plans are kept, for a statement that reads more keys than a plan suits. */
  public static void planAgain(Tx tx) {
    tx.dsl().execute("select set_config('plan_cache_mode', 'auto', true)");
  }

  /**
   * When the first limited key that can serve the request is due for a check; empty when none is
   * limited.
   */
  public Optional<Instant> firstBack(Tx tx, PoolId pool, KeyCandidates.Demand demand) {
    var due = min(coalesce(API_KEYS.UNTIL, API_KEYS.CHECK_DUE));
    return tx.dsl()
        .select(due)
        .from(API_KEYS)
        .where(KeyRepository.inPool(pool), demand.ofRequest(), not(demand.usable()))
        .and(API_KEYS.ENABLED)
        .and(API_KEYS.FAILURE.isNull())
        .fetchOptional(due);
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
   * the end. A key may come more than once. The caller holds the pool's lock.
   */
  public List<RotationNumber> assign(Tx tx, List<UUID> keys) {
    List<RotationNumber> numbers =
        tx.dsl()
            .fetch(
                moved(
                    resultQuery(
                        """
                        select n, id, nextval('rotation_seq') as seq
                          from (select n, id from unnest({0}) with ordinality as g(id, n) order by n) o""",
                        val(keys.toArray(UUID[]::new))),
                    sql("")))
            .map(row -> new RotationNumber(row.get(0, UUID.class), row.get(1, Long.class)));
    PoolRepository.changedWith(tx, keys);
    return numbers;
  }

  /** Rotation numbers for as many keys, ascending; those that are not used are lost. */
  public static Field<Long[]> numbers(int count) {
    return field(
            "array(select nextval('rotation_seq') from generate_series(1, {0}))",
            Long[].class, val(count))
        .as("numbers");
  }

  /**
   * As {@link #assign}, with {@link #numbers}, for a caller that has raised the version of the
   * pool.
   *
   * @param with common table expressions of further writes in the same statement
   * @return the encrypted secrets of the keys, for {@link KeySecrets}
   */
  public static List<EncryptedSecret> assign(
      Tx tx, List<UUID> keys, List<Long> numbers, QueryPart with) {
    return tx.dsl()
        .fetch(
            moved(
                resultQuery(
                    "select n, id, seq from unnest({0}, {1}) with ordinality as g(id, seq, n)",
                    val(keys.toArray(UUID[]::new)), val(numbers.toArray(Long[]::new))),
                with))
        .map(row -> new EncryptedSecret(row.get(2, UUID.class), row.get(3, byte[].class)));
  }

  /**
   * Returns the id, the number and the encrypted secret of each key, in order.
   *
   * @param given columns n, id, seq
   * @param with further common table expressions
   */
  private static ResultQuery<Record> moved(QueryPart given, QueryPart with) {
    return resultQuery(
        """
            with given as materialized ({0}),
            last as (select id, max(seq) as seq, count(*) as times from given group by id),
            locked as materialized (
              select id from api_keys where id in (select id from last) order by id for no key update),
            moved as (
              update api_keys k set assigned_seq = last.seq, assigned = k.assigned + last.times
              from last join locked using (id) where k.id = last.id
              returning k.id, k.data_key_id, k.ciphertext){1}
            select id, seq, data_key_id, ciphertext from given left join moved using (id) order by n""",
        given, with);
  }

  static Field<Boolean> usableColumn(ModelClass models) {
    return models == ModelClass.FREE ? API_KEYS.USABLE_FREE : API_KEYS.USABLE_PAID;
  }

  private static List<ApiKey> usable(
      DSLContext dsl, PoolId pool, ModelClass models, Collection<UUID> excluded, int limit) {
    return keys(dsl, pool, condition(usableColumn(models)).and(API_KEYS.ID.notIn(excluded)), limit);
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

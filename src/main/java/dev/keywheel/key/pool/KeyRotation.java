package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.POOLS;
import static dev.keywheel.db.schema.Tables.ROTATION_ORDER;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.array;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Sql;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolSeating;
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
import org.jooq.Record;
import org.jooq.SortField;

/** The order of a pool's keys: least recently assigned first. */
public final class KeyRotation {
  /** Keys that were never assigned come first, in the order in which they were added. */
  static final List<SortField<?>> ORDER = List.of(ROTATION_ORDER.ROTATION_NUMBER.asc());

  private static final Field<String> PLANS = field(name("plans"), String.class);

  /** The columns that {@link #LOCK_FOR_SEATS} returns. */
  private static final List<Field<?>> SEATING =
      List.of(
          POOLS.AFFINITY,
          POOLS.CALLS_PER_KEY,
          POOLS.PAUSED_UNTIL,
          POOLS.PAUSED_REASON,
          POOLS.PAUSE_CAUSE,
          PLANS);

  /**
   * Locks the row of a pool. Can also make PostgreSQL use generic plans until the end of the
   * transaction, because planning each statement again takes longer than executing it.
   */
  private static final String LOCK_FOR_SEATS =
      """
      update pools set version = version + 1 where workspace_id = ? and provider = ?
      returning affinity, calls_per_key, paused_until, paused_reason, pause_cause,
        case when affinity <> 'account' and ? then set_config('plan_cache_mode', 'force_generic_plan', true) end
      """;

  private final Database database;

  KeyRotation(Database database) {
    this.database = database;
  }

  /** Locks the pool's row until the transaction ends; creates it for a new pool. */
  public void lock(Tx tx, PoolId pool) {
    PoolRepository.lock(tx, pool);
  }

  /**
   * Locks the pool's row, raises its version and returns how the pool assigns its keys; empty for a
   * pool without a row.
   *
   * @param keepPlans whether PostgreSQL may use generic plans for the following statements. They
   *     are slow for few keys among many, such as those of a tag or an account. They are also slow
   *     for statements that read many keys, so they are never used in a pool that assigns keys by
   *     account
   */
  public Optional<PoolSeating> lockForSeats(Tx tx, PoolId pool, Instant now, boolean keepPlans) {
    return seating(lockForSeats(pool, keepPlans).fetch(tx, SEATING), now);
  }

  /** A locked pool, and the candidates that were read after it was locked. */
  public record LockedPool(Optional<PoolSeating> seating, KeyCandidates.QueryResult found) {}

  /** Like {@link #lockForSeats} with generic plans, and runs the query in the same round trip. */
  public LockedPool lockAndRead(Tx tx, PoolId pool, Instant now, KeyCandidates.Query query) {
    var results =
        Sql.fetchBoth(tx, lockForSeats(pool, true), SEATING, query.sql(), query.columns());
    return new LockedPool(seating(results.first(), now), query.found(results.second()));
  }

  private static Sql lockForSeats(PoolId pool, boolean keepPlans) {
    return Sql.of(LOCK_FOR_SEATS, pool.workspaceId(), pool.provider(), keepPlans);
  }

  private static Optional<PoolSeating> seating(List<Record> rows, Instant now) {
    return rows.stream()
        .findFirst()
        .map(
            row -> {
              var pause = PoolRepository.pause(row);
              return new PoolSeating(
                  row.get(POOLS.AFFINITY).equals("account"),
                  row.get(POOLS.CALLS_PER_KEY),
                  pause != null && pause.until().isAfter(now) ? pause : null);
            });
  }

  /** Ends the use of generic plans before a statement that reads too many keys for them. */
  public static void endGenericPlans(Tx tx) {
    tx.dsl().execute("select set_config('plan_cache_mode', 'auto', true)");
  }

  /** A limited key and the time at which its next check is due. */
  public record LimitedKey(UUID id, String name, Instant checkDue) {}

  /**
   * The limited key that can serve the request and is due for a check first; empty when no such key
   * is limited. The status shown on pages may last longer, because it applies to the models of
   * articles.
   */
  public Optional<LimitedKey> firstBack(Tx tx, PoolId pool, KeyCandidates.Demand demand) {
    return Sql.of(
            Sql.of("select id, name, check_due from api_keys where check_due is not null and "),
            demand.keysOf(pool),
            Sql.of(" and enabled and failure is null and not "),
            demand.usable(),
            Sql.of(" order by check_due limit 1"))
        .fetch(tx, List.of(API_KEYS.ID, API_KEYS.NAME, API_KEYS.CHECK_DUE))
        .stream()
        .findFirst()
        .map(
            row ->
                new LimitedKey(
                    row.get(API_KEYS.ID), row.get(API_KEYS.NAME), row.get(API_KEYS.CHECK_DUE)));
  }

  /** The first usable keys in rotation order. */
  public List<ApiKey> findUsable(
      Tx tx, PoolId pool, ModelClass models, Set<UUID> excluded, int limit) {
    return usable(tx.dsl(), pool, models, excluded, limit);
  }

  /** Like {@link #findUsable}, outside a transaction. */
  public List<ApiKey> findNext(PoolId pool, ModelClass models, int limit) {
    return database.read(dsl -> usable(dsl, pool, models, Set.of(), limit));
  }

  /** The first keys in rotation order, whatever their status. Reads the ids of all keys. */
  public List<ApiKey> findAll(PoolId pool, int limit) {
    return database.read(dsl -> all(dsl, pool, limit));
  }

  /** The ids are an array, because the planner would read the rows of other pools otherwise. */
  static List<ApiKey> all(DSLContext dsl, PoolId pool, int limit) {
    var ids = select(API_KEYS.ID).from(API_KEYS).where(KeyRepository.inPool(pool));
    return keys(dsl, ROTATION_ORDER.KEY_ID.eq(any(array(ids))), limit);
  }

  /** The number of times that a key was assigned. */
  public static long assignments(DSLContext dsl, UUID key) {
    return dsl.select(ROTATION_ORDER.ASSIGNMENTS)
        .from(ROTATION_ORDER)
        .where(ROTATION_ORDER.KEY_ID.eq(key))
        .fetchSingle(ROTATION_ORDER.ASSIGNMENTS);
  }

  /** The number of keys that can serve this class of models. */
  public int countUsable(Tx tx, PoolId pool, ModelClass models) {
    return PoolRepository.usable(tx.dsl(), pool, models);
  }

  /**
   * Assigns the keys in the order of the list. Each key gets the next rotation number, and so moves
   * to the end of the rotation. A key may occur more than once. The caller holds the pool's lock.
   *
   * @return the new rotation numbers, in the same order
   */
  public List<Long> assign(Tx tx, List<UUID> keys) {
    var given =
        Sql.of(
            """
            select n, id, nextval('rotation_seq') as seq
              from (select n, id from unnest(?) with ordinality as g(id, n) order by n) o""",
            (Object) keys.toArray(UUID[]::new));
    List<Long> numbers = moved(given, Sql.of("")).fetch(tx, row -> row.getLong(1));
    PoolRepository.raiseVersions(tx, keys);
    return numbers;
  }

  /** An SQL array of {@code count} new rotation numbers, ascending. Unused numbers are lost. */
  public static Sql numbers(int count) {
    return Sql.of("array(select nextval('rotation_seq') from generate_series(1, ?))", count);
  }

  /**
   * Like {@link #assign(Tx, List)}, but with given numbers from {@link #numbers}. The caller has
   * already raised the version of the pool.
   *
   * @param with common table expressions of further writes in the same statement
   * @return the encrypted secrets of the keys, for {@link KeySecrets}
   */
  public static List<EncryptedSecret> assign(Tx tx, List<UUID> keys, List<Long> numbers, Sql with) {
    var given =
        Sql.of(
            "select n, id, seq from unnest(?, ?) with ordinality as g(id, seq, n)",
            keys.toArray(UUID[]::new),
            numbers.toArray(Long[]::new));
    return moved(given, with)
        .fetchAndCommit(
            tx, row -> new EncryptedSecret(row.getObject(2, UUID.class), row.getBytes(3)));
  }

  /**
   * A statement that assigns the keys and returns the number and the encrypted secret of each, in
   * order.
   *
   * @param given a query with the columns n, id, seq
   * @param with further common table expressions
   */
  private static Sql moved(Sql given, Sql with) {
    return Sql.of(
        Sql.of("with given as materialized ("),
        given,
        Sql.of(
            """
            ),
            last as (select id, max(seq) as seq, count(*) as times from given group by id),
            locked as materialized (
              select key_id from rotation_order where key_id in (select id from last) order by key_id for no key update),
            moved as (
              update rotation_order r set rotation_number = last.seq, assignments = r.assignments + last.times
              from last join locked on locked.key_id = last.id where r.key_id = last.id)
            """),
        with,
        Sql.of(
            """

            select seq, data_key_id, ciphertext from given left join api_keys using (id) order by n"""));
  }

  /**
   * Matches the keys of a pool that can serve this class of models, for the order of the rotation.
   */
  static Condition usable(PoolId pool, ModelClass models) {
    return and(
        ROTATION_ORDER.WORKSPACE_ID.eq(pool.workspaceId()),
        ROTATION_ORDER.PROVIDER.eq(pool.provider()),
        condition(
            models == ModelClass.FREE ? ROTATION_ORDER.USABLE_FREE : ROTATION_ORDER.USABLE_PAID));
  }

  private static List<ApiKey> usable(
      DSLContext dsl, PoolId pool, ModelClass models, Collection<UUID> excluded, int limit) {
    return keys(dsl, usable(pool, models).and(ROTATION_ORDER.KEY_ID.notIn(excluded)), limit);
  }

  private static List<ApiKey> keys(DSLContext dsl, Condition which, int limit) {
    return dsl.select(KeyRepository.COLUMNS)
        .from(ROTATION_ORDER)
        .join(API_KEYS)
        .on(API_KEYS.ID.eq(ROTATION_ORDER.KEY_ID))
        .where(which)
        .orderBy(ORDER)
        .limit(limit)
        .fetch(KeyRepository::key);
  }
}

package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.POOLS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;

import dev.keywheel.db.Json;
import dev.keywheel.db.StoredEnum;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.key.state.PoolState;
import dev.keywheel.key.state.PoolSummary;
import dev.keywheel.key.state.UnattributedRateLimit;
import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Records;
import org.jspecify.annotations.Nullable;

/** The rows of pools: the state that all keys share, and the lock that an assignment takes. */
public final class PoolRepository {
  private static final UUID BEFORE_ALL = new UUID(0, 0);

  /** The columns of a pause. */
  static final List<Field<?>> PAUSE =
      List.of(POOLS.PAUSED_UNTIL, POOLS.PAUSED_REASON, POOLS.PAUSE_CAUSE);

  private static final List<Field<?>> STATE =
      List.of(
          POOLS.PROVIDER,
          POOLS.TEXT_CLASS,
          POOLS.PAUSED_UNTIL,
          POOLS.PAUSED_REASON,
          POOLS.PAUSE_CAUSE,
          POOLS.NOTICE,
          POOLS.VERSION);

  private PoolRepository() {}

  static Condition is(PoolId pool) {
    return POOLS.WORKSPACE_ID.eq(pool.workspaceId()).and(POOLS.PROVIDER.eq(pool.provider()));
  }

  /** Locks the row of the pool; creates the row when the pool is new. */
  static void lock(Tx tx, PoolId pool) {
    if (!lockIfPresent(tx, pool)) {
      insertIfAbsent(tx, pool);
      lockIfPresent(tx, pool);
    }
  }

  private static void insertIfAbsent(Tx tx, PoolId pool) {
    tx.dsl()
        .insertInto(POOLS)
        .set(POOLS.WORKSPACE_ID, pool.workspaceId())
        .set(POOLS.PROVIDER, pool.provider())
        .set(POOLS.AFFINITY, ofWorkspace(pool, POOLS.AFFINITY, "none"))
        .set(POOLS.CALLS_PER_KEY, ofWorkspace(pool, POOLS.CALLS_PER_KEY, 0))
        .onConflictDoNothing()
        .execute();
  }

  /**
   * The value in another pool of the workspace, because all share it, or else {@code otherwise}.
   */
  private static <T> Field<T> ofWorkspace(PoolId pool, Field<T> column, T otherwise) {
    var others = select(column).from(POOLS).where(POOLS.WORKSPACE_ID.eq(pool.workspaceId()));
    return coalesce(field(others.limit(1)), inline(otherwise));
  }

  /**
   * Like {@link #lockAll}, but creates the row of this pool when it is new. Changes of key names
   * need all locks, because a name is unique in the workspace.
   */
  public static void lockAllWith(Tx tx, PoolId pool) {
    insertIfAbsent(tx, pool);
    lockAll(tx, pool.workspaceId());
  }

  /** Locks the rows of all pools of the workspace, in the order of providers. */
  public static void lockAll(Tx tx, UUID workspace) {
    tx.dsl()
        .select(POOLS.PROVIDER)
        .from(POOLS)
        .where(POOLS.WORKSPACE_ID.eq(workspace))
        .orderBy(POOLS.PROVIDER)
        .forUpdate()
        .fetch();
  }

  private static boolean lockIfPresent(Tx tx, PoolId pool) {
    return tx.dsl()
        .select(POOLS.PROVIDER)
        .from(POOLS)
        .where(is(pool))
        .forUpdate()
        .fetchOptional()
        .isPresent();
  }

  /** Raises the version of the pool. Call it for every change that a page may show. */
  public static void raiseVersion(Tx tx, PoolId pool) {
    tx.dsl().update(POOLS).set(POOLS.VERSION, POOLS.VERSION.plus(1)).where(is(pool)).execute();
  }

  /**
   * Locks the pool and counts new keys that {@link KeyInserts} has inserted. Until the transaction
   * ends, requests for keys wait: call it last.
   */
  public static void countInserted(Tx tx, PoolId pool, int keys) {
    lock(tx, pool);
    tx.dsl()
        .update(POOLS)
        .set(POOLS.ACTIVE, POOLS.ACTIVE.plus(keys))
        .set(POOLS.USABLE_FREE, POOLS.USABLE_FREE.plus(keys))
        .set(POOLS.USABLE_PAID, POOLS.USABLE_PAID.plus(keys))
        .set(POOLS.GAINS, POOLS.GAINS.plus(Math.min(keys, 1)))
        .set(POOLS.VERSION, POOLS.VERSION.plus(1))
        .where(is(pool))
        .execute();
  }

  /** Raises the versions of the pools of these keys. */
  static void raiseVersions(Tx tx, Collection<UUID> keys) {
    tx.dsl()
        .update(POOLS)
        .set(POOLS.VERSION, POOLS.VERSION.plus(1))
        .where(
            row(POOLS.WORKSPACE_ID, POOLS.PROVIDER)
                .in(
                    select(API_KEYS.WORKSPACE_ID, API_KEYS.PROVIDER)
                        .from(API_KEYS)
                        .where(API_KEYS.ID.in(keys))))
        .execute();
  }

  /** One column of the pool's row; empty when it is null or there is no row. */
  static <T> Optional<T> find(DSLContext dsl, PoolId pool, Field<T> column) {
    return dsl.select(column).from(POOLS).where(is(pool), column.isNotNull()).fetchOptional(column);
  }

  /**
   * Reads the counters that triggers maintain; the cost does not depend on the size of the pool.
   */
  static PoolCounts counts(DSLContext dsl, PoolId pool) {
    return dsl.select(POOLS.ACTIVE, POOLS.RATE_LIMITED, POOLS.FAILED, POOLS.DISABLED)
        .from(POOLS)
        .where(is(pool))
        .fetchOptional(Records.mapping(PoolCounts::new))
        .orElse(PoolCounts.NONE);
  }

  /** How many keys of the pool can serve this class of models now. */
  static int usable(DSLContext dsl, PoolId pool, ModelClass models) {
    var counter = models == ModelClass.FREE ? POOLS.USABLE_FREE : POOLS.USABLE_PAID;
    return find(dsl, pool, counter).orElse(0);
  }

  /** The last rate limit that named no cause; empty if there was none since a call succeeded. */
  static Optional<UnattributedRateLimit> lastUnattributed429(DSLContext dsl, PoolId pool) {
    return find(dsl, pool, POOLS.LAST_UNATTRIBUTED_429)
        .map(json -> Json.read(json, UnattributedRateLimit.class));
  }

  static void setLastUnattributed429(Tx tx, PoolId pool, @Nullable UnattributedRateLimit refusal) {
    tx.dsl()
        .update(POOLS)
        .set(POOLS.LAST_UNATTRIBUTED_429, refusal == null ? null : Json.jsonb(refusal))
        .where(is(pool))
        .execute();
  }

  /**
   * The pause that {@link #PAUSE} describes, which may be over; null without one. Its cause may be
   * that of an earlier pause if a node of a version before V121 began it.
   */
  static @Nullable PoolPause pause(Record row) {
    Instant until = row.get(POOLS.PAUSED_UNTIL);
    String reason = row.get(POOLS.PAUSED_REASON);
    return until == null || reason == null
        ? null
        : new PoolPause(
            until,
            reason,
            StoredEnum.find(PauseCause.class, row.get(POOLS.PAUSE_CAUSE)).orElse(PauseCause.OTHER));
  }

  static ModelClass textClass(DSLContext dsl, PoolId pool) {
    return find(dsl, pool, POOLS.TEXT_CLASS)
        .map(word -> ModelClass.valueOf(word.toUpperCase(Locale.ROOT)))
        .orElse(ModelClass.FREE);
  }

  static void setTextClass(Tx tx, PoolId pool, ModelClass text) {
    String word = text.name().toLowerCase(Locale.ROOT);
    tx.dsl()
        .update(POOLS)
        .set(POOLS.TEXT_CLASS, word)
        .set(POOLS.RECLASSIFY_AFTER, BEFORE_ALL)
        .set(POOLS.VERSION, POOLS.VERSION.plus(1))
        .where(is(pool))
        .and(POOLS.TEXT_CLASS.ne(word))
        .execute();
  }

  /** A pool with keys whose shown status was derived for the previous class of text models. */
  static Optional<PoolId> toReclassify(DSLContext dsl) {
    return dsl.select(POOLS.WORKSPACE_ID, POOLS.PROVIDER)
        .from(POOLS)
        .where(POOLS.RECLASSIFY_AFTER.isNotNull())
        .limit(1)
        .fetchOptional(Records.mapping(PoolId::new));
  }

  /** The id up to which the keys of the pool are reclassified; empty when all are. */
  static Optional<UUID> reclassifiedTo(Tx tx, PoolId pool) {
    return find(tx.dsl(), pool, POOLS.RECLASSIFY_AFTER);
  }

  /** Stores the id up to which the keys are reclassified; null when all are. */
  static void setReclassifiedTo(Tx tx, PoolId pool, @Nullable UUID after) {
    tx.dsl()
        .update(POOLS)
        .set(POOLS.RECLASSIFY_AFTER, after)
        .set(POOLS.VERSION, POOLS.VERSION.plus(1))
        .where(is(pool))
        .execute();
  }

  public static List<PoolId> of(DSLContext dsl, UUID workspace) {
    return dsl.select(POOLS.PROVIDER)
        .from(POOLS)
        .where(POOLS.WORKSPACE_ID.eq(workspace))
        .orderBy(POOLS.PROVIDER)
        .fetch(row -> new PoolId(workspace, row.value1()));
  }

  public static List<PoolState> states(DSLContext dsl, UUID workspace) {
    return dsl.select(STATE)
        .from(POOLS)
        .where(POOLS.WORKSPACE_ID.eq(workspace))
        .orderBy(POOLS.PROVIDER)
        .fetch(row -> state(workspace, row));
  }

  /** All pools of the workspace with their counters and next checks, in one statement. */
  static List<PoolSummary> summaries(DSLContext dsl, UUID workspace) {
    var nextCheck =
        field(
            select(API_KEYS.CHECK_DUE)
                .from(API_KEYS)
                .where(API_KEYS.WORKSPACE_ID.eq(POOLS.WORKSPACE_ID))
                .and(API_KEYS.PROVIDER.eq(POOLS.PROVIDER))
                .and(API_KEYS.DELETED_AT.isNull())
                .and(API_KEYS.CHECK_DUE.isNotNull())
                .orderBy(API_KEYS.CHECK_DUE)
                .limit(inline(1)));
    return dsl.select(STATE)
        .select(POOLS.ACTIVE, POOLS.RATE_LIMITED, POOLS.FAILED, POOLS.DISABLED)
        .select(POOLS.TRASHED, nextCheck)
        .from(POOLS)
        .where(POOLS.WORKSPACE_ID.eq(workspace))
        .orderBy(POOLS.PROVIDER)
        .fetch(
            row ->
                new PoolSummary(
                    state(workspace, row),
                    new PoolCounts(
                        row.get(POOLS.ACTIVE),
                        row.get(POOLS.RATE_LIMITED),
                        row.get(POOLS.FAILED),
                        row.get(POOLS.DISABLED)),
                    row.get(POOLS.TRASHED),
                    row.get(nextCheck)));
  }

  private static PoolState state(UUID workspace, Record row) {
    return new PoolState(
        new PoolId(workspace, row.get(POOLS.PROVIDER)),
        ModelClass.valueOf(row.get(POOLS.TEXT_CLASS).toUpperCase(Locale.ROOT)),
        pause(row),
        row.get(POOLS.NOTICE),
        row.get(POOLS.VERSION));
  }
}

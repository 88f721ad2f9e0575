package dev.keywheel.key.pool;

import static dev.keywheel.db.schema.Tables.POOLS;
import static org.jooq.impl.DSL.falseCondition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.key.state.PoolSeating;
import dev.keywheel.key.state.PoolSummary;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.provider.ModelClass;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The state of a pool as a whole: its counts, pause, notice and class of text models. */
public final class PoolStatus {
  private static final List<String> MAY_END_EARLY =
      Arrays.stream(PauseCause.values())
          .filter(PauseCause::mayEndEarly)
          .map(PauseCause::code)
          .toList();

  /** The causes of pauses that a block of the address replaces. */
  private static final List<String> WEAKER_THAN_BLOCK =
      MAY_END_EARLY.stream()
          .filter(cause -> !cause.equals(PauseCause.ADDRESS_BLOCKED.code()))
          .toList();

  private final Database database;
  private final InstantSource clock;

  PoolStatus(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /** The pools of a workspace that have a row. A pool gets its row when it is first used. */
  public List<PoolId> pools(UUID workspace) {
    return database.read(dsl -> PoolRepository.of(dsl, workspace));
  }

  /** The pools of {@link #pools} with their counts and next checks, in one statement. */
  public List<PoolSummary> summaries(UUID workspace) {
    return database.read(dsl -> PoolRepository.summaries(dsl, workspace));
  }

  /** The providers for which any workspace has keys. */
  public Set<String> providersWithKeys() {
    return database.read(
        dsl ->
            dsl.selectDistinct(POOLS.PROVIDER)
                .from(POOLS)
                .where(
                    POOLS
                        .ACTIVE
                        .plus(POOLS.RATE_LIMITED)
                        .plus(POOLS.FAILED)
                        .plus(POOLS.DISABLED)
                        .gt(0))
                .fetchSet(POOLS.PROVIDER));
  }

  public PoolCounts counts(PoolId pool) {
    return database.read(dsl -> PoolRepository.counts(dsl, pool));
  }

  public PoolCounts counts(Tx tx, PoolId pool) {
    return PoolRepository.counts(tx.dsl(), pool);
  }

  /**
   * A number that grows when the pool gains a usable key (added, enabled, restored, recovered), or
   * a pause ends early. While it is unchanged, a run that found no key need not search again.
   */
  public long gainedKeys(Tx tx, PoolId pool) {
    return PoolRepository.find(tx.dsl(), pool, POOLS.GAINS).orElse(0L);
  }

  /** Raises the number of {@link #gainedKeys}. The caller holds the pool's lock. */
  static void raiseGains(Tx tx, PoolId pool) {
    tx.dsl()
        .update(POOLS)
        .set(POOLS.GAINS, POOLS.GAINS.plus(1))
        .where(PoolRepository.is(pool))
        .execute();
  }

  /** A number that grows with visible changes of the pool or its keys, except counted calls. */
  public long version(Tx tx, PoolId pool) {
    return PoolRepository.find(tx.dsl(), pool, POOLS.VERSION).orElse(0L);
  }

  /** The free requests that the accounts of the active keys have left today. */
  public RemainingDailyQuota remainingDailyQuota(PoolId pool) {
    return database.read(dsl -> RemainingDailyQuota.of(dsl, pool, clock.instant()));
  }

  /**
   * Pauses the pool, unless it is paused for longer. A block of this address also replaces a longer
   * pause that may end early. It then ends a microsecond after the replaced one, because the code
   * that ends a pause early identifies the pause by its end. During a block, a pause for another
   * outage has no effect, because its probes would be sent from the blocked address.
   */
  public void pausePool(Tx tx, PoolId pool, PoolPause pause) {
    if (!WEAKER_THAN_BLOCK.contains(pause.cause().code()) || !isBlocked(tx, pool)) {
      pause(tx, pool, pause);
    }
  }

  private boolean isBlocked(Tx tx, PoolId pool) {
    PoolRepository.lock(tx, pool);
    return findPause(tx, pool)
        .filter(pause -> pause.cause() == PauseCause.ADDRESS_BLOCKED)
        .isPresent();
  }

  static void pause(Tx tx, PoolId pool, PoolPause pause) {
    PoolRepository.lock(tx, pool);
    var until = POOLS.PAUSED_UNTIL;
    var later = "greatest({0}, {1} + interval '1 microsecond')";
    var weaker =
        pause.cause() == PauseCause.ADDRESS_BLOCKED
            ? POOLS.PAUSE_CAUSE.in(WEAKER_THAN_BLOCK)
            : falseCondition();
    tx.dsl()
        .update(POOLS)
        .set(until, field(later, until.getDataType(), val(pause.until(), until), until))
        .set(POOLS.PAUSED_REASON, pause.reason())
        .set(POOLS.PAUSE_CAUSE, pause.cause().code())
        .set(POOLS.VERSION, POOLS.VERSION.plus(1))
        .where(PoolRepository.is(pool), until.isNull().or(until.lt(pause.until())).or(weaker))
        .execute();
  }

  /** Logs a pause. Call it after the commit of the transaction that began it. */
  public static void logPause(Logger log, PoolId pool, PoolPause pause) {
    log.warn(
        "{} of workspace {} is paused until {}: {}",
        pool.provider(),
        pool.workspaceId(),
        pause.until().truncatedTo(ChronoUnit.SECONDS),
        pause.reason());
  }

  private static void endPause(Tx tx, PoolId pool) {
    tx.dsl()
        .update(POOLS)
        .setNull(POOLS.PAUSED_UNTIL)
        .setNull(POOLS.PAUSED_REASON)
        .setNull(POOLS.PAUSE_CAUSE)
        .set(POOLS.VERSION, POOLS.VERSION.plus(1))
        .set(POOLS.GAINS, POOLS.GAINS.plus(1))
        .where(PoolRepository.is(pool))
        .and(POOLS.PAUSED_UNTIL.isNotNull())
        .execute();
  }

  /**
   * Ends the pause that was to last until {@code until}, because a key was accepted; keeps any
   * other pause, which may have another cause. The notice ends anyway: it says that every key is
   * refused. Returns whether a pause was ended.
   */
  public boolean resumePool(Tx tx, PoolId pool, Instant until) {
    setNotice(tx, pool, null); // locks the pool
    boolean ends = findPause(tx, pool).filter(pause -> pause.until().equals(until)).isPresent();
    if (ends) {
      endPause(tx, pool);
    }
    return ends;
  }

  public Optional<PoolPause> findPause(PoolId pool) {
    return database.read(dsl -> findPause(dsl, pool));
  }

  public Optional<PoolPause> findPause(Tx tx, PoolId pool) {
    return findPause(tx.dsl(), pool);
  }

  private Optional<PoolPause> findPause(DSLContext dsl, PoolId pool) {
    return dsl.select(PoolRepository.PAUSE)
        .from(POOLS)
        .where(PoolRepository.is(pool))
        .and(POOLS.PAUSED_UNTIL.gt(clock.instant()))
        .and(POOLS.PAUSED_REASON.isNotNull())
        .fetchOptional(PoolRepository::pause);
  }

  /** The pauses that a node may end early, except those of archived workspaces. */
  public Map<PoolId, PoolPause> pausesToEnd() {
    return database.read(
        dsl ->
            dsl.select(POOLS.WORKSPACE_ID, POOLS.PROVIDER)
                .select(PoolRepository.PAUSE)
                .from(POOLS)
                .where(POOLS.PAUSED_UNTIL.gt(clock.instant()))
                .and(POOLS.PAUSED_REASON.isNotNull())
                .and(POOLS.PAUSE_CAUSE.in(MAY_END_EARLY))
                .and(POOLS.WORKSPACE_ID.notIn(WorkspaceIds.archived()))
                .fetchMap(
                    row -> new PoolId(row.get(POOLS.WORKSPACE_ID), row.get(POOLS.PROVIDER)),
                    PoolRepository::pause));
  }

  /**
   * Sets how the workspace's pools assign their keys to requests of the gateway; false when the
   * workspace has no pool row yet.
   */
  public boolean setSeating(Tx tx, UUID workspace, boolean byAccount, int callsPerKey) {
    PoolRepository.lockAll(tx, workspace);
    return tx.dsl()
            .update(POOLS)
            .set(POOLS.AFFINITY, byAccount ? "account" : "none")
            .set(POOLS.CALLS_PER_KEY, callsPerKey)
            .where(POOLS.WORKSPACE_ID.eq(workspace))
            .execute()
        > 0;
  }

  /** Like {@link #seating}, and locks the pools until the transaction ends. */
  public Optional<PoolSeating> lockSeating(Tx tx, UUID workspace) {
    PoolRepository.lockAll(tx, workspace);
    return seating(tx.dsl(), workspace);
  }

  /**
   * How the workspace's pools assign their keys, without pauses; empty if the workspace has no pool
   * row yet.
   */
  public Optional<PoolSeating> seating(UUID workspace) {
    return database.read(dsl -> seating(dsl, workspace));
  }

  private static Optional<PoolSeating> seating(DSLContext dsl, UUID workspace) {
    return dsl.select(POOLS.AFFINITY, POOLS.CALLS_PER_KEY)
        .from(POOLS)
        .where(POOLS.WORKSPACE_ID.eq(workspace))
        .limit(1)
        .fetchOptional(row -> new PoolSeating(row.value1().equals("account"), row.value2(), null));
  }

  /** Sets the sentence that is shown with the pool; null removes it. */
  public void setNotice(Tx tx, PoolId pool, @Nullable String sentence) {
    PoolRepository.lock(tx, pool);
    tx.dsl()
        .update(POOLS)
        .set(POOLS.NOTICE, sentence)
        .set(POOLS.VERSION, POOLS.VERSION.plus(1))
        .where(PoolRepository.is(pool))
        .and(POOLS.NOTICE.isDistinctFrom(sentence))
        .execute();
  }

  public Optional<String> findNotice(PoolId pool) {
    return database.read(dsl -> PoolRepository.find(dsl, pool, POOLS.NOTICE));
  }

  /** The class of the models of the text operations; free for a pool without keys. */
  public ModelClass textClass(PoolId pool) {
    return database.read(dsl -> PoolRepository.textClass(dsl, pool));
  }

  /** Sets the class of the text models; {@link #reclassifyNext} then updates the shown statuses. */
  public void setTextClass(Tx tx, PoolId pool, ModelClass text) {
    if (PoolRepository.textClass(tx.dsl(), pool) != text) {
      PoolRepository.lock(tx, pool);
      PoolRepository.setTextClass(tx, pool, text);
    }
  }

  /** Updates the shown statuses of the next keys of one pool; false when no pool needs it. */
  public boolean reclassifyNext() {
    return database.inTx(tx -> KeyStateUpdater.reclassify(tx, clock.instant()));
  }
}

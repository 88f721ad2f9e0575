package dev.keywheel.recovery.store;

import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.or;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.SQLDataType.VARCHAR;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.identity.Principal;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.Records;
import org.jooq.Select;
import org.jspecify.annotations.Nullable;

/** The table of batches. At most one batch of a pool runs at a time, on one node. */
public final class BatchRepository {

  /** A batch that this node has taken over. */
  public record ClaimedBatch(UUID id, PoolId pool, Trigger trigger, long fence) {}

  /** Finds the running batch of the pool and locks its row. */
  public Optional<UUID> lockRunning(Tx tx, PoolId pool) {
    return tx.dsl()
        .select(RECOVERIES.ID)
        .from(RECOVERIES)
        .where(in(pool), RECOVERIES.STATE.eq(BatchState.RUNNING.code()))
        .forUpdate()
        .fetchOptional(RECOVERIES.ID);
  }

  static Optional<UUID> findRunning(DSLContext dsl, PoolId pool) {
    return dsl.select(RECOVERIES.ID)
        .from(RECOVERIES)
        .where(in(pool), RECOVERIES.STATE.eq(BatchState.RUNNING.code()))
        .fetchOptional(RECOVERIES.ID);
  }

  public void insert(
      Tx tx,
      UUID id,
      PoolId pool,
      Trigger trigger,
      @Nullable Principal who,
      @Nullable UUID runId,
      Instant at) {
    tx.dsl()
        .insertInto(RECOVERIES)
        .set(RECOVERIES.ID, id)
        .set(RECOVERIES.WORKSPACE_ID, pool.workspaceId())
        .set(RECOVERIES.PROVIDER, pool.provider())
        .set(RECOVERIES.TRIGGER, trigger.code())
        .set(RECOVERIES.ASKED_BY, who == null ? null : who.userId())
        .set(RECOVERIES.ASKED_BY_NAME, who == null ? null : who.email())
        .set(RECOVERIES.RUN_ID, runId)
        .set(RECOVERIES.STATE, BatchState.RUNNING.code())
        .set(RECOVERIES.STARTED_AT, at)
        .execute();
  }

  /** Notes the first user who requested tests of a batch that Keywheel started. */
  public void addUser(Tx tx, UUID id, Principal who) {
    tx.dsl()
        .update(RECOVERIES)
        .set(RECOVERIES.ASKED_BY, who.userId())
        .set(RECOVERIES.ASKED_BY_NAME, who.email())
        .where(RECOVERIES.ID.eq(id), RECOVERIES.ASKED_BY_NAME.isNull())
        .execute();
  }

  /** Inserts a finished batch of one key. False when a batch with this id exists. */
  public boolean insertEnded(
      Tx tx, UUID id, PoolId pool, Trigger trigger, Actor by, Instant at, Instant endedAt) {
    return tx.dsl()
            .insertInto(RECOVERIES)
            .set(RECOVERIES.ID, id)
            .set(RECOVERIES.WORKSPACE_ID, pool.workspaceId())
            .set(RECOVERIES.PROVIDER, pool.provider())
            .set(RECOVERIES.TRIGGER, trigger.code())
            .set(RECOVERIES.ASKED_BY_NAME, by.actor())
            .set(RECOVERIES.RUN_ID, by.runId())
            .set(RECOVERIES.STATE, BatchState.DONE.code())
            .set(RECOVERIES.STARTED_AT, at)
            .set(RECOVERIES.ENDED_AT, endedAt)
            .onConflictDoNothing()
            .execute()
        == 1;
  }

  /** Changes the end time of a batch that {@link #insertEnded} inserted. */
  public void setEndedAt(Tx tx, UUID id, Instant at) {
    tx.dsl().update(RECOVERIES).set(RECOVERIES.ENDED_AT, at).where(RECOVERIES.ID.eq(id)).execute();
  }

  /** Makes the caller the owner of the batch; empty when it is over. */
  public Optional<ClaimedBatch> takeOver(Tx tx, UUID recovery) {
    return tx.dsl()
        .update(RECOVERIES)
        .set(RECOVERIES.FENCE, RECOVERIES.FENCE.plus(1))
        .where(RECOVERIES.ID.eq(recovery), RECOVERIES.STATE.eq(BatchState.RUNNING.code()))
        .returning()
        .fetchOptional(
            row ->
                new ClaimedBatch(
                    row.get(RECOVERIES.ID),
                    new PoolId(row.get(RECOVERIES.WORKSPACE_ID), row.get(RECOVERIES.PROVIDER)),
                    StoredEnum.of(Trigger.class, row.get(RECOVERIES.TRIGGER)),
                    row.get(RECOVERIES.FENCE)));
  }

  /** Like {@link #keyCountIfRunning}, but locks the row of the batch for an update. */
  public Optional<Integer> lockIfRunning(Tx tx, ClaimedBatch batch) {
    return tx.dsl()
        .select(RECOVERIES.TOTAL)
        .from(RECOVERIES)
        .where(is(batch, BatchState.RUNNING))
        .forUpdate()
        .fetchOptional(RECOVERIES.TOTAL);
  }

  /**
   * Whether a user cancelled the batch while the caller owned it; if so, locks its row for an
   * update.
   */
  public boolean lockIfCancelled(Tx tx, ClaimedBatch batch) {
    return tx.dsl()
        .select(RECOVERIES.ID)
        .from(RECOVERIES)
        .where(is(batch, BatchState.CANCELLED))
        .forUpdate()
        .fetchOptional()
        .isPresent();
  }

  /** The number of keys of the batch; empty when it is over or taken over. */
  public Optional<Integer> keyCountIfRunning(DSLContext dsl, ClaimedBatch batch) {
    return dsl.select(RECOVERIES.TOTAL)
        .from(RECOVERIES)
        .where(is(batch, BatchState.RUNNING))
        .fetchOptional(RECOVERIES.TOTAL);
  }

  /** Ends a running batch; false when it is over. */
  public boolean end(Tx tx, UUID recovery, BatchState state, @Nullable String reason, Instant at) {
    return tx.dsl()
            .update(RECOVERIES)
            .set(RECOVERIES.STATE, state.code())
            .set(RECOVERIES.REASON, reason)
            .set(RECOVERIES.ENDED_AT, at)
            .where(RECOVERIES.ID.eq(recovery), RECOVERIES.STATE.eq(BatchState.RUNNING.code()))
            .execute()
        == 1;
  }

  /** Counts selected keys that were never added to the batch as keys with a cancelled test. */
  public void addCancelled(Tx tx, UUID recovery, int keys) {
    tx.dsl()
        .update(RECOVERIES)
        .set(RECOVERIES.TOTAL, RECOVERIES.TOTAL.plus(keys))
        .set(RECOVERIES.CANCELLED, RECOVERIES.CANCELLED.plus(keys))
        .where(RECOVERIES.ID.eq(recovery))
        .execute();
  }

  /** Pools whose running batch still has more than {@code keys} keys to test. */
  public Set<PoolId> busy(DSLContext dsl, int keys) {
    return dsl.select(RECOVERIES.WORKSPACE_ID, RECOVERIES.PROVIDER)
        .from(RECOVERIES)
        .where(RECOVERIES.STATE.eq(BatchState.RUNNING.code()))
        .and(RECOVERIES.TOTAL.minus(RECOVERIES.TESTED).minus(RECOVERIES.CANCELLED).gt(keys))
        .fetchSet(Records.mapping(PoolId::new));
  }

  /** The number of keys with a result or a cancelled test, and whether the batch runs. */
  public record Progress(int ended, boolean running) {}

  public Optional<Progress> progress(DSLContext dsl, UUID recovery) {
    return dsl.select(RECOVERIES.TESTED.plus(RECOVERIES.CANCELLED), RECOVERIES.STATE)
        .from(RECOVERIES)
        .where(RECOVERIES.ID.eq(recovery))
        .fetchOptional(r -> new Progress(r.value1(), r.value2().equals(BatchState.RUNNING.code())));
  }

  public BatchCounts counts(DSLContext dsl, UUID recovery) {
    return dsl.select(
            RECOVERIES.TOTAL.plus(BatchSelectionRepository.REMAINING),
            RECOVERIES.TESTED,
            RECOVERIES.RECOVERED,
            RECOVERIES.STILL_ACTIVE,
            RECOVERIES.STILL_LIMITED,
            RECOVERIES.STILL_FAILED,
            RECOVERIES.UNKNOWN,
            RECOVERIES.CANCELLED,
            RECOVERIES.NEWLY_LIMITED,
            RECOVERIES.NEWLY_FAILED)
        .from(RECOVERIES)
        .where(RECOVERIES.ID.eq(recovery))
        .fetchSingle(Records.mapping(BatchCounts::new));
  }

  public Optional<PoolId> pool(DSLContext dsl, UUID workspace, UUID recovery) {
    return pool(dsl, recovery).filter(pool -> pool.workspaceId().equals(workspace));
  }

  public Optional<PoolId> pool(DSLContext dsl, UUID recovery) {
    return dsl.select(RECOVERIES.WORKSPACE_ID, RECOVERIES.PROVIDER)
        .from(RECOVERIES)
        .where(RECOVERIES.ID.eq(recovery))
        .fetchOptional(Records.mapping(PoolId::new));
  }

  /**
   * How many of the pool's last batches in a row were inconclusive, at most 10. Other batches
   * without a conclusive result do not count, such as the test of a single key or a cancelled
   * batch.
   */
  public int inconclusiveInARow(Tx tx, PoolId pool) {
    var states =
        tx.dsl()
            .select(RECOVERIES.STATE)
            .from(RECOVERIES)
            .where(in(pool), RECOVERIES.STATE.ne(BatchState.RUNNING.code()))
            .and(
                or(
                    RECOVERIES.STATE.eq(BatchState.INCONCLUSIVE.code()),
                    RECOVERIES.TESTED.gt(RECOVERIES.UNKNOWN)))
            .orderBy(RECOVERIES.STARTED_AT.desc())
            .limit(10)
            .fetch(RECOVERIES.STATE);
    int n = 0;
    while (n < states.size() && states.get(n).equals(BatchState.INCONCLUSIVE.code())) {
      n++;
    }
    return n;
  }

  private static Condition is(ClaimedBatch batch, BatchState state) {
    return and(
        RECOVERIES.ID.eq(batch.id()),
        RECOVERIES.FENCE.eq(batch.fence()),
        RECOVERIES.STATE.eq(state.code()));
  }

  private static Condition in(PoolId pool) {
    return and(
        RECOVERIES.WORKSPACE_ID.eq(pool.workspaceId()), RECOVERIES.PROVIDER.eq(pool.provider()));
  }

  /** The ids of all running batches. */
  public static Select<Record1<String>> running() {
    return select(RECOVERIES.ID.cast(VARCHAR))
        .from(RECOVERIES)
        .where(RECOVERIES.STATE.eq(BatchState.RUNNING.code()));
  }
}

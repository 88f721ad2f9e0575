package dev.keywheel.run;

import static dev.keywheel.db.schema.Tables.OPERATIONS;
import static dev.keywheel.db.schema.Tables.RUNS;

import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SelectField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

public final class RunRepository {
  private static final List<SelectField<?>> RUN =
      List.of(
          RUNS.ID,
          RUNS.WORKSPACE_ID,
          RUNS.PROVIDER,
          RUNS.ARTICLE_ID,
          RUNS.MODE,
          RUNS.INPUTS,
          RUNS.STARTED_BY_NAME,
          RUNS.STATE,
          RUNS.CANCEL_REQUESTED,
          RUNS.CREATED_AT,
          RUNS.STARTED_AT,
          RUNS.BUDGET_SINCE,
          RUNS.GIVE_UP_AT,
          RUNS.FENCE);

  /**
   * A run to insert.
   *
   * @param inputs the request, stored as JSON
   */
  public record NewRun(
      UUID id,
      PoolId pool,
      UUID articleId,
      UUID requestId,
      String kind,
      RunMode mode,
      Object inputs,
      boolean demo,
      @Nullable UUID startedBy,
      String startedByName) {}

  /** Inserts a queued run; returns false when the request already has a run. */
  public boolean insert(Tx tx, NewRun run, Instant now) {
    int inserted =
        tx.dsl()
            .insertInto(RUNS)
            .set(RUNS.ID, run.id())
            .set(RUNS.WORKSPACE_ID, run.pool().workspaceId())
            .set(RUNS.ARTICLE_ID, run.articleId())
            .set(RUNS.REQUEST_ID, run.requestId())
            .set(RUNS.PROVIDER, run.pool().provider())
            .set(RUNS.KIND, run.kind())
            .set(RUNS.MODE, run.mode().code())
            .set(RUNS.INPUTS, Json.jsonb(run.inputs()))
            .set(RUNS.STATE, RunState.QUEUED.code())
            .set(RUNS.DEMO, run.demo())
            .set(RUNS.STARTED_BY, run.startedBy())
            .set(RUNS.STARTED_BY_NAME, run.startedByName())
            .set(RUNS.CREATED_AT, now)
            .set(RUNS.BUDGET_SINCE, now)
            .onConflict(RUNS.WORKSPACE_ID, RUNS.REQUEST_ID)
            .doNothing()
            .execute();
    return inserted == 1;
  }

  /**
   * Inserts the operations of a run.
   *
   * @param names the names of the operations, in order
   * @param skipped the numbers of the operations that the run skips
   */
  public void insertOperations(Tx tx, UUID runId, List<String> names, Set<Integer> skipped) {
    var insert =
        tx.dsl()
            .insertInto(OPERATIONS)
            .columns(OPERATIONS.RUN_ID, OPERATIONS.ORDINAL, OPERATIONS.NAME, OPERATIONS.STATE);
    for (int number = 1; number <= names.size(); number++) {
      var state = skipped.contains(number) ? OperationState.SKIPPED : OperationState.PENDING;
      insert = insert.values(runId, number, names.get(number - 1), state.code());
    }
    insert.execute();
  }

  /** Locks the run's row until the transaction ends and returns the run. */
  public Optional<Run> lock(Tx tx, UUID id) {
    return read(tx.dsl().select(RUN).from(RUNS).where(RUNS.ID.eq(id)).forUpdate(), tx.dsl());
  }

  /** Returns the run without a lock. */
  public Optional<Run> find(DSLContext dsl, UUID id) {
    return read(dsl.select(RUN).from(RUNS).where(RUNS.ID.eq(id)), dsl);
  }

  private Optional<Run> read(ResultQuery<Record> query, DSLContext dsl) {
    return query.fetchOptional(
        r ->
            run(
                r,
                SeatRepository.plan(dsl, r.get(RUNS.ID)).orElse(null),
                operations(dsl, r.get(RUNS.ID))));
  }

  private static Run run(Record r, @Nullable Plan plan, Map<Integer, OperationState> operations) {
    return new Run(
        r.get(RUNS.ID),
        new PoolId(r.get(RUNS.WORKSPACE_ID), r.get(RUNS.PROVIDER)),
        r.get(RUNS.ARTICLE_ID),
        RunMode.of(r.get(RUNS.MODE)),
        r.get(RUNS.INPUTS),
        r.get(RUNS.STARTED_BY_NAME),
        RunState.of(r.get(RUNS.STATE)),
        plan,
        operations,
        r.get(RUNS.CANCEL_REQUESTED),
        r.get(RUNS.STARTED_AT),
        Objects.requireNonNullElse(r.get(RUNS.BUDGET_SINCE), r.get(RUNS.CREATED_AT)),
        r.get(RUNS.GIVE_UP_AT),
        r.get(RUNS.FENCE));
  }

  public Map<Integer, OperationState> operations(DSLContext dsl, UUID runId) {
    var states = new TreeMap<Integer, OperationState>();
    dsl.select(OPERATIONS.ORDINAL, OPERATIONS.STATE)
        .from(OPERATIONS)
        .where(OPERATIONS.RUN_ID.eq(runId))
        .forEach(r -> states.put(r.value1(), OperationState.of(r.value2())));
    return states;
  }

  /**
   * Makes the caller the run's worker by increasing the fence, so that an earlier worker cannot
   * write any more.
   *
   * @param interrupted whether an earlier worker was interrupted, so that the run counts as resumed
   * @param giveUpAt when the run fails if it still waits for a key
   */
  public void claim(
      Tx tx, UUID runId, RunState state, boolean interrupted, Instant now, Instant giveUpAt) {
    tx.dsl()
        .update(RUNS)
        .set(RUNS.FENCE, RUNS.FENCE.plus(1))
        .set(RUNS.STATE, state.code())
        .set(RUNS.WAIT_UNTIL, (Instant) null)
        .set(RUNS.REASON, DSL.when(RUNS.CANCEL_REQUESTED, RUNS.REASON))
        .set(RUNS.STARTED_AT, DSL.coalesce(RUNS.STARTED_AT, DSL.val(now)))
        .set(RUNS.RESUMED_AT, interrupted ? DSL.val(now) : RUNS.RESUMED_AT)
        .set(RUNS.GIVE_UP_AT, giveUpAt)
        .where(RUNS.ID.eq(runId))
        .execute();
  }

  /** Sets the operations that an earlier worker was executing back to ready. */
  public void resetOperations(Tx tx, UUID runId) {
    tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.STATE, OperationState.READY.code())
        .where(
            OPERATIONS.RUN_ID.eq(runId),
            OPERATIONS.STATE.in(OperationState.RUNNING.code(), OperationState.WAITING_KEY.code()))
        .execute();
  }

  /**
   * @throws RunFencedException when another worker owns the run
   */
  public void storePlan(Tx tx, RunFence fence, Plan plan) {
    lockFenced(tx, fence);
    SeatRepository.store(tx, fence.runId(), plan);
  }

  /**
   * @throws RunFencedException when another worker owns the run
   */
  public void setState(Tx tx, RunFence fence, RunState state) {
    require(tx.dsl().update(RUNS).set(RUNS.STATE, state.code()).where(held(fence)).execute());
  }

  public void recordWait(Tx tx, RunFence fence, Instant until, String why, long gains) {
    require(
        tx.dsl()
            .update(RUNS)
            .set(RUNS.STATE, RunState.WAITING_KEYS.code())
            .set(RUNS.WAIT_UNTIL, until)
            .set(RUNS.WAIT_VERSION, gains)
            .set(RUNS.REASON, DSL.when(RUNS.CANCEL_REQUESTED, RUNS.REASON).otherwise(why))
            .where(held(fence))
            .execute());
  }

  /** Records how many keys the pool has gained, so that these do not wake the waiting run. */
  public void recordKnownGains(Tx tx, UUID runId, long gains) {
    tx.dsl().update(RUNS).set(RUNS.WAIT_VERSION, gains).where(RUNS.ID.eq(runId)).execute();
  }

  /**
   * Ends the run. A cancelled run keeps its reason, which names the user who cancelled it.
   *
   * @throws RunFencedException when another worker owns the run
   */
  public void end(
      Tx tx, RunFence fence, RunState state, @Nullable String reason, Object totals, Instant now) {
    require(
        tx.dsl()
            .update(RUNS)
            .set(RUNS.STATE, state.code())
            .set(RUNS.REASON, state == RunState.CANCELLED ? RUNS.REASON : DSL.val(reason))
            .set(RUNS.WAIT_UNTIL, (Instant) null)
            .set(RUNS.TOTALS, Json.jsonb(totals))
            .set(RUNS.ENDED_AT, now)
            .where(held(fence))
            .execute());
  }

  public void requestCancel(Tx tx, UUID runId, String actor) {
    tx.dsl()
        .update(RUNS)
        .set(RUNS.CANCEL_REQUESTED, true)
        .set(RUNS.REASON, "Cancelled by " + actor + ".")
        .set(RUNS.STATE, RunState.CANCELLING.code())
        .where(RUNS.ID.eq(runId))
        .execute();
  }

  public void setRetryAt(Tx tx, UUID runId, @Nullable Instant at) {
    tx.dsl().update(RUNS).set(RUNS.RETRY_AT, at).where(RUNS.ID.eq(runId)).execute();
  }

  /** Queues an ended run again with a new budget. */
  public void reopen(Tx tx, UUID runId, boolean automatic, boolean keepPlan, Instant now) {
    if (!keepPlan) {
      SeatRepository.drop(tx, runId);
    }
    tx.dsl()
        .update(RUNS)
        .set(RUNS.STATE, RunState.QUEUED.code())
        .set(RUNS.CANCEL_REQUESTED, false)
        .set(RUNS.REASON, (String) null)
        .set(RUNS.ENDED_AT, (Instant) null)
        .set(RUNS.RESUMED_AT, (Instant) null)
        .set(RUNS.BUDGET_SINCE, now)
        .set(RUNS.GIVE_UP_AT, (Instant) null)
        .set(RUNS.EXCLUDED, new UUID[0])
        .set(RUNS.WAIT_TRIES, 0)
        .set(RUNS.RETRY_AT, (Instant) null)
        .set(RUNS.RETRIES, automatic ? RUNS.RETRIES.plus(1) : DSL.val(0))
        .set(RUNS.FENCE, RUNS.FENCE.plus(1))
        .where(RUNS.ID.eq(runId))
        .execute();
  }

  /**
   * Locks the run's row.
   *
   * @throws RunFencedException when another worker owns the run
   */
  public void lockFenced(Tx tx, RunFence fence) {
    require(tx.dsl().select(RUNS.ID).from(RUNS).where(held(fence)).forUpdate().execute());
  }

  /** Whether this worker still owns the run, checked without a lock. */
  public static boolean isHeld(Tx tx, RunFence fence) {
    return tx.dsl().fetchExists(RUNS, held(fence));
  }

  static Condition held(RunFence fence) {
    return RUNS.ID.eq(fence.runId()).and(RUNS.FENCE.eq(fence.fence()));
  }

  private static void require(int rows) {
    if (rows == 0) {
      throw new RunFencedException();
    }
  }
}

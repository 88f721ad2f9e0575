package dev.keywheel.article.run.store;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.OPERATIONS;
import static dev.keywheel.db.schema.Tables.RUNS;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.run.model.OperationState;
import dev.keywheel.article.run.model.Run;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.article.run.model.RunMode;
import dev.keywheel.article.run.model.RunState;
import dev.keywheel.assignment.Plan;
import dev.keywheel.assignment.RunFence;
import dev.keywheel.assignment.RunFencedException;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Runs in the database, for those who work on them. */
public final class RunRepository {
  /** What a new run is made of. */
  public record NewRun(
      UUID id,
      PoolId pool,
      UUID articleId,
      UUID requestId,
      String kind,
      RunMode mode,
      RunInputs inputs,
      boolean demo,
      @Nullable UUID startedBy,
      String startedByName) {}

  /** Returns false when the request has its run already. */
  public boolean insert(Tx tx, NewRun run, Instant now, Instant giveUpAt) {
    int inserted =
        tx.dsl()
            .insertInto(RUNS)
            .set(RUNS.ID, run.id())
            .set(RUNS.WORKSPACE_ID, run.pool().workspaceId())
            .set(RUNS.ARTICLE_ID, run.articleId())
            .set(RUNS.REQUEST_ID, run.requestId())
            .set(RUNS.PROVIDER, run.pool().provider())
            .set(RUNS.KIND, run.kind())
            .set(RUNS.MODE, run.mode().word())
            .set(RUNS.INPUTS, Json.jsonb(run.inputs()))
            .set(RUNS.STATE, RunState.QUEUED.word())
            .set(RUNS.DEMO, run.demo())
            .set(RUNS.STARTED_BY, run.startedBy())
            .set(RUNS.STARTED_BY_NAME, run.startedByName())
            .set(RUNS.CREATED_AT, now)
            .set(RUNS.GIVE_UP_AT, giveUpAt)
            .set(RUNS.BUDGET_SINCE, now)
            .onConflict(RUNS.WORKSPACE_ID, RUNS.REQUEST_ID)
            .doNothing()
            .execute();
    return inserted == 1;
  }

  /**
   * The eight operations; those that a run for one part leaves alone are skipped from the start.
   */
  public void insertOperations(Tx tx, UUID runId, RunInputs inputs) {
    var insert =
        tx.dsl()
            .insertInto(OPERATIONS)
            .columns(OPERATIONS.RUN_ID, OPERATIONS.ORDINAL, OPERATIONS.NAME, OPERATIONS.STATE);
    for (var operation : Operation.all()) {
      boolean wanted = inputs.only() == 0 || inputs.only() == operation.number();
      var state = wanted ? OperationState.PENDING : OperationState.SKIPPED;
      insert = insert.values(runId, operation.number(), operation.label(), state.word());
    }
    insert.execute();
  }

  /** The run, its row locked until the transaction ends. */
  public Optional<Run> lock(Tx tx, UUID id) {
    return tx.dsl()
        .select(
            RUNS.ID,
            RUNS.WORKSPACE_ID,
            RUNS.PROVIDER,
            RUNS.ARTICLE_ID,
            RUNS.MODE,
            RUNS.INPUTS,
            RUNS.STARTED_BY_NAME,
            RUNS.STATE,
            RUNS.PLAN,
            RUNS.CANCEL_REQUESTED,
            RUNS.DEMO,
            RUNS.CREATED_AT,
            RUNS.STARTED_AT,
            RUNS.BUDGET_SINCE,
            RUNS.GIVE_UP_AT,
            RUNS.FENCE)
        .from(RUNS)
        .where(RUNS.ID.eq(id))
        .forUpdate()
        .fetchOptional(r -> run(r, operations(tx.dsl(), id)));
  }

  /** The run without any lock. */
  public Optional<Run> find(DSLContext dsl, UUID id) {
    return dsl.select(
            RUNS.ID,
            RUNS.WORKSPACE_ID,
            RUNS.PROVIDER,
            RUNS.ARTICLE_ID,
            RUNS.MODE,
            RUNS.INPUTS,
            RUNS.STARTED_BY_NAME,
            RUNS.STATE,
            RUNS.PLAN,
            RUNS.CANCEL_REQUESTED,
            RUNS.DEMO,
            RUNS.CREATED_AT,
            RUNS.STARTED_AT,
            RUNS.BUDGET_SINCE,
            RUNS.GIVE_UP_AT,
            RUNS.FENCE)
        .from(RUNS)
        .where(RUNS.ID.eq(id))
        .fetchOptional(r -> run(r, operations(dsl, id)));
  }

  private static Run run(Record r, Map<Integer, OperationState> operations) {
    var plan = r.get(RUNS.PLAN);
    return new Run(
        r.get(RUNS.ID),
        new PoolId(r.get(RUNS.WORKSPACE_ID), r.get(RUNS.PROVIDER)),
        r.get(RUNS.ARTICLE_ID),
        RunMode.of(r.get(RUNS.MODE)),
        Json.read(r.get(RUNS.INPUTS), RunInputs.class),
        r.get(RUNS.STARTED_BY_NAME),
        RunState.of(r.get(RUNS.STATE)),
        plan == null ? null : Json.read(plan, Plan.class),
        operations,
        r.get(RUNS.CANCEL_REQUESTED),
        r.get(RUNS.DEMO),
        r.get(RUNS.CREATED_AT),
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
   * A new worker takes the run: the token grows, so that an earlier one can write nothing any more.
   */
  public void take(Tx tx, UUID runId, RunState state, boolean cutOff, Instant now) {
    tx.dsl()
        .update(RUNS)
        .set(RUNS.FENCE, RUNS.FENCE.plus(1))
        .set(RUNS.STATE, state.word())
        .set(RUNS.WAIT_UNTIL, (Instant) null)
        .set(RUNS.REASON, (String) null)
        .set(RUNS.STARTED_AT, DSL.coalesce(RUNS.STARTED_AT, DSL.val(now)))
        .set(RUNS.RESUMED_AT, cutOff ? DSL.val(now) : RUNS.RESUMED_AT)
        .where(RUNS.ID.eq(runId))
        .execute();
  }

  /** What an earlier worker had in flight: nobody knows whether it was answered, and billed. */
  public int attemptsUnknown(Tx tx, UUID runId, Instant now) {
    return tx.dsl()
        .update(ATTEMPTS)
        .set(ATTEMPTS.STATE, "unknown")
        .set(ATTEMPTS.ENDED_AT, now)
        .where(ATTEMPTS.RUN_ID.eq(runId), ATTEMPTS.STATE.eq("sent"))
        .execute();
  }

  /** Operations that an earlier worker had begun are ready again. */
  public void operationsReady(Tx tx, UUID runId) {
    tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.STATE, OperationState.READY.word())
        .where(
            OPERATIONS.RUN_ID.eq(runId), OPERATIONS.STATE.in("running", "repairing", "waiting_key"))
        .execute();
  }

  /**
   * Keeps the plan and what each operation is planned to use; false when the run is another
   * worker's.
   */
  public boolean plan(Tx tx, RunFence lease, Plan plan) {
    int stored =
        tx.dsl()
            .update(RUNS)
            .set(RUNS.PLAN, Json.jsonb(plan))
            .where(RUNS.ID.eq(lease.runId()), RUNS.FENCE.eq(lease.fence()))
            .execute();
    for (var operation : Operation.all()) {
      tx.dsl()
          .update(OPERATIONS)
          .set(OPERATIONS.PLANNED_KEY_ID, plan.seatOf(operation.number()).keyId())
          .where(OPERATIONS.RUN_ID.eq(lease.runId()), OPERATIONS.ORDINAL.eq(operation.number()))
          .execute();
    }
    return stored == 1;
  }

  /**
   * Moves the run to a state.
   *
   * @throws RunFencedException when it is another worker's
   */
  public void state(Tx tx, RunFence lease, RunState state) {
    require(tx.dsl().update(RUNS).set(RUNS.STATE, state.word()).where(held(lease)).execute());
  }

  public void waiting(Tx tx, RunFence lease, Instant until, String why, long gains) {
    require(
        tx.dsl()
            .update(RUNS)
            .set(RUNS.STATE, RunState.WAITING_KEYS.word())
            .set(RUNS.WAIT_UNTIL, until)
            .set(RUNS.WAIT_VERSION, gains)
            .set(RUNS.REASON, why)
            .where(held(lease))
            .execute());
  }

  public void end(
      Tx tx, RunFence lease, RunState state, @Nullable String reason, Object totals, Instant now) {
    require(
        tx.dsl()
            .update(RUNS)
            .set(RUNS.STATE, state.word())
            .set(RUNS.REASON, reason)
            .set(RUNS.WAIT_UNTIL, (Instant) null)
            .set(RUNS.TOTALS, Json.jsonb(totals))
            .set(RUNS.ENDED_AT, now)
            .where(held(lease))
            .execute());
  }

  public void cancelRequested(Tx tx, UUID runId) {
    tx.dsl()
        .update(RUNS)
        .set(RUNS.CANCEL_REQUESTED, true)
        .set(RUNS.STATE, RunState.CANCELLING.word())
        .where(RUNS.ID.eq(runId))
        .execute();
  }

  /** How often the run was retried by itself since a person last asked for it. */
  public int retries(Tx tx, UUID runId) {
    return tx.dsl()
        .select(RUNS.RETRIES)
        .from(RUNS)
        .where(RUNS.ID.eq(runId))
        .fetchSingle(RUNS.RETRIES);
  }

  /** When an ended run is retried by itself. */
  public Optional<Instant> retryAt(DSLContext dsl, UUID runId) {
    return dsl.select(RUNS.RETRY_AT)
        .from(RUNS)
        .where(RUNS.ID.eq(runId), RUNS.RETRY_AT.isNotNull())
        .fetchOptional(RUNS.RETRY_AT);
  }

  public void retryAt(Tx tx, UUID runId, @Nullable Instant at) {
    tx.dsl().update(RUNS).set(RUNS.RETRY_AT, at).where(RUNS.ID.eq(runId)).execute();
  }

  /** An ended run begins again, in the queue and with a new budget. */
  public void reopen(
      Tx tx, UUID runId, boolean byItself, boolean keepPlan, Instant now, Instant giveUpAt) {
    tx.dsl()
        .update(RUNS)
        .set(RUNS.STATE, RunState.QUEUED.word())
        .set(RUNS.CANCEL_REQUESTED, false)
        .set(RUNS.REASON, (String) null)
        .set(RUNS.ENDED_AT, (Instant) null)
        .set(RUNS.RESUMED_AT, (Instant) null)
        .set(RUNS.BUDGET_SINCE, now)
        .set(RUNS.GIVE_UP_AT, giveUpAt)
        .set(RUNS.EXCLUDED, new UUID[0])
        .set(RUNS.RETRY_AT, (Instant) null)
        .set(RUNS.RETRIES, byItself ? RUNS.RETRIES.plus(1) : DSL.val(0))
        .set(RUNS.FENCE, RUNS.FENCE.plus(1))
        .set(RUNS.PLAN, keepPlan ? RUNS.PLAN : DSL.castNull(RUNS.PLAN))
        .where(RUNS.ID.eq(runId))
        .execute();
  }

  /** Locks the run's row and makes sure it is still this worker's. */
  public void hold(Tx tx, RunFence lease) {
    var held = tx.dsl().select(RUNS.ID).from(RUNS).where(held(lease)).forUpdate().fetchOptional();
    require(held.isPresent() ? 1 : 0);
  }

  private static org.jooq.Condition held(RunFence lease) {
    return RUNS.ID.eq(lease.runId()).and(RUNS.FENCE.eq(lease.fence()));
  }

  private static void require(int rows) {
    if (rows == 0) {
      throw new RunFencedException();
    }
  }
}

package dev.keywheel.run;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.OPERATIONS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.when;

import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.provider.CallOutcome;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Records;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Stores attempts and their effects on the run and the operation. */
public final class AttemptRepository {
  /**
   * Counts a call of the run. Returns false when the run is being cancelled, and the call must not
   * be made. A later cancellation waits for this transaction and sees the attempt.
   *
   * @throws RunFencedException when another worker owns the run
   */
  public boolean countCall(Tx tx, RunFence run) {
    int counted =
        tx.dsl()
            .update(RUNS)
            .set(RUNS.CALLS, RUNS.CALLS.plus(1))
            .where(
                RUNS.ID.eq(run.runId()),
                RUNS.FENCE.eq(run.fence()),
                RUNS.CANCEL_REQUESTED.isFalse())
            .execute();
    if (counted == 1) {
      return true;
    }
    cancelRequested(tx, run); // throws when another worker owns the run
    return false;
  }

  /** Number of attempts of an operation since {@code since} and since its run's budget began. */
  public int countAttempts(DSLContext dsl, UUID runId, int ordinal, Instant since) {
    return dsl.fetchCount(
        ATTEMPTS.join(RUNS).on(RUNS.ID.eq(ATTEMPTS.RUN_ID)),
        ATTEMPTS.RUN_ID.eq(runId),
        ATTEMPTS.ORDINAL.eq(ordinal),
        ATTEMPTS.SENT_AT.ge(since),
        ATTEMPTS.SENT_AT.ge(coalesce(RUNS.BUDGET_SINCE, RUNS.CREATED_AT)));
  }

  /** Stores an attempt as {@link AttemptState#SENT}, before its call is sent. */
  public Attempt insert(
      Tx tx,
      UUID runId,
      int ordinal,
      AttemptCause cause,
      String model,
      String requestHash,
      int maxTokens,
      Seat seat,
      Instant now) {
    var no =
        select(coalesce(max(ATTEMPTS.NO), 0).plus(1))
            .from(ATTEMPTS)
            .where(ATTEMPTS.RUN_ID.eq(runId), ATTEMPTS.ORDINAL.eq(ordinal));
    var row =
        tx.dsl()
            .insertInto(ATTEMPTS)
            .set(ATTEMPTS.RUN_ID, runId)
            .set(ATTEMPTS.ORDINAL, ordinal)
            .set(ATTEMPTS.NO, DSL.field(no))
            .set(ATTEMPTS.CAUSE, cause.code())
            .set(ATTEMPTS.KEY_ID, seat.keyId())
            .set(ATTEMPTS.KEY_NAME, seat.keyName())
            .set(ATTEMPTS.SEQ, seat.seq())
            .set(ATTEMPTS.MODEL, model)
            .set(ATTEMPTS.STATE, AttemptState.SENT.code())
            .set(ATTEMPTS.REQUEST_HASH, requestHash)
            .set(ATTEMPTS.MAX_TOKENS, maxTokens)
            .set(ATTEMPTS.SENT_AT, now)
            .returningResult(ATTEMPTS.ID, ATTEMPTS.NO)
            .fetchSingle();
    return new Attempt(row.value1(), row.value2(), seat.keyId(), seat.keyName(), model, maxTokens);
  }

  public void recordKeyAndModel(Tx tx, UUID runId, int ordinal, Seat seat, String model) {
    tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.USED_KEY_ID, seat.keyId())
        .set(OPERATIONS.USED_KEY_NAME, seat.keyName())
        .set(OPERATIONS.MODEL, model)
        .set(OPERATIONS.WAIT_UNTIL, (Instant) null)
        .where(OPERATIONS.RUN_ID.eq(runId), OPERATIONS.ORDINAL.eq(ordinal))
        .execute();
  }

  /** Closes an open attempt. Returns false when another worker has closed it and owns the run. */
  public boolean close(
      Tx tx, Attempt attempt, AttemptState state, CallOutcome outcome, String code, Instant now) {
    var usage = outcome.usage();
    var evidence = outcome.evidence();
    return tx.dsl()
            .update(ATTEMPTS)
            .set(ATTEMPTS.STATE, state.code())
            .set(ATTEMPTS.HTTP_STATUS, evidence.httpStatus())
            .set(ATTEMPTS.OUTCOME, code)
            .set(
                ATTEMPTS.FINISH_REASON,
                outcome instanceof CallOutcome.Answer answer ? answer.finish() : null)
            .set(ATTEMPTS.PROMPT_TOKENS, usage.promptTokens())
            .set(ATTEMPTS.COMPLETION_TOKENS, usage.completionTokens())
            .set(ATTEMPTS.REASONING_TOKENS, usage.reasoningTokens())
            .set(ATTEMPTS.COST, usage.cost())
            .set(ATTEMPTS.COST_KNOWN, usage.costKnown())
            .set(ATTEMPTS.LATENCY_MS, outcome.latencyMs())
            .set(ATTEMPTS.EVIDENCE, Json.jsonb(evidence))
            .set(ATTEMPTS.RAW, RawReplies.compress(outcome.raw()))
            .set(ATTEMPTS.ENDED_AT, now)
            .where(ATTEMPTS.ID.eq(attempt.id()), ATTEMPTS.STATE.eq(AttemptState.SENT.code()))
            .execute()
        == 1;
  }

  /**
   * Closes an attempt that was never sent, even if another worker marked it unknown, and subtracts
   * its call from the run.
   */
  public void drop(Tx tx, Attempt attempt, String outcome) {
    var open =
        and(
            ATTEMPTS.ID.eq(attempt.id()),
            ATTEMPTS.STATE.in(AttemptState.SENT.code(), AttemptState.UNKNOWN.code()),
            ATTEMPTS.OUTCOME.isNull());
    tx.dsl()
        .update(RUNS)
        .set(RUNS.CALLS, RUNS.CALLS.minus(1))
        .where(RUNS.ID.in(select(ATTEMPTS.RUN_ID).from(ATTEMPTS).where(open)))
        .execute();
    tx.dsl()
        .update(ATTEMPTS)
        .set(ATTEMPTS.STATE, AttemptState.CANCELLED.code())
        .set(ATTEMPTS.OUTCOME, outcome)
        .set(ATTEMPTS.ENDED_AT, coalesce(ATTEMPTS.ENDED_AT, ATTEMPTS.SENT_AT))
        .where(open)
        .execute();
  }

  /**
   * Whether the run is being cancelled.
   *
   * @throws RunFencedException when another worker owns the run
   */
  public boolean cancelRequested(Tx tx, RunFence run) {
    return tx.dsl()
        .select(RUNS.CANCEL_REQUESTED)
        .from(RUNS)
        .where(RUNS.ID.eq(run.runId()), RUNS.FENCE.eq(run.fence()))
        .fetchOptional(RUNS.CANCEL_REQUESTED)
        .orElseThrow(RunFencedException::new);
  }

  /**
   * Adds the usage of a call to its run.
   *
   * @throws RunFencedException when another worker owns the run
   */
  public void charge(Tx tx, RunFence run, CallOutcome outcome) {
    var usage = outcome.usage();
    int charged =
        tx.dsl()
            .update(RUNS)
            .set(RUNS.TOKENS, RUNS.TOKENS.plus(usage.promptTokens() + usage.completionTokens()))
            .set(RUNS.COST, RUNS.COST.plus(usage.cost()))
            .where(RUNS.ID.eq(run.runId()), RUNS.FENCE.eq(run.fence()))
            .execute();
    if (charged == 0) {
      throw new RunFencedException();
    }
  }

  /** An earlier attempt of an operation that is resumed. */
  public record Earlier(UUID keyId, String keyName, long seq, String outcome) {}

  /** Attempts of an operation since {@code since}, in order. */
  public List<Earlier> earlier(DSLContext dsl, UUID runId, int ordinal, Instant since) {
    return dsl.select(
            ATTEMPTS.KEY_ID,
            ATTEMPTS.KEY_NAME,
            coalesce(ATTEMPTS.SEQ, 0L),
            coalesce(ATTEMPTS.OUTCOME, ""))
        .from(ATTEMPTS)
        .where(ATTEMPTS.RUN_ID.eq(runId), ATTEMPTS.ORDINAL.eq(ordinal), ATTEMPTS.SENT_AT.ge(since))
        .orderBy(ATTEMPTS.NO)
        .fetch(Records.mapping(Earlier::new));
  }

  /** The outcome of a call of a run. */
  public record Verdict(UUID keyId, String model, String outcome, Instant sentAt) {}

  /** Attempts of the run since {@code since} that ended with one of these outcomes, in order. */
  public static List<Verdict> ended(Tx tx, UUID runId, Collection<String> outcomes, Instant since) {
    return tx.dsl()
        .select(ATTEMPTS.KEY_ID, ATTEMPTS.MODEL, ATTEMPTS.OUTCOME, ATTEMPTS.SENT_AT)
        .from(ATTEMPTS)
        .where(ATTEMPTS.RUN_ID.eq(runId), ATTEMPTS.OUTCOME.in(outcomes), ATTEMPTS.SENT_AT.ge(since))
        .orderBy(ATTEMPTS.ID)
        .fetch(Records.mapping(Verdict::new));
  }

  /** Calls made with a key, newest first; only those older than call {@code before} if not null. */
  public static List<KeyUse> ofKey(DSLContext dsl, UUID keyId, @Nullable Long before, int limit) {
    var place = ATTEMPTS.as("place");
    Condition older =
        before == null
            ? noCondition()
            : row(ATTEMPTS.SENT_AT, ATTEMPTS.ID)
                .lt(select(place.SENT_AT, place.ID).from(place).where(place.ID.eq(before)));
    return dsl.select(
            ATTEMPTS.ID,
            ATTEMPTS.SENT_AT,
            ATTEMPTS.RUN_ID,
            ATTEMPTS.ORDINAL,
            ATTEMPTS.MODEL,
            ATTEMPTS.STATE,
            ATTEMPTS.HTTP_STATUS,
            ATTEMPTS.OUTCOME,
            ATTEMPTS.LATENCY_MS,
            coalesce(ATTEMPTS.PROMPT_TOKENS, 0).plus(coalesce(ATTEMPTS.COMPLETION_TOKENS, 0)),
            when(ATTEMPTS.COST_KNOWN, ATTEMPTS.COST))
        .from(ATTEMPTS)
        .where(ATTEMPTS.KEY_ID.eq(keyId), older)
        .orderBy(ATTEMPTS.SENT_AT.desc(), ATTEMPTS.ID.desc())
        .limit(limit)
        .fetch(Records.mapping(KeyUse::new));
  }

  /** Closes attempts that an earlier worker left in flight, as unknown: they may be billed. */
  public static int closeSent(Tx tx, UUID runId, Instant now) {
    return tx.dsl()
        .update(ATTEMPTS)
        .set(ATTEMPTS.STATE, AttemptState.UNKNOWN.code())
        .set(ATTEMPTS.ENDED_AT, now)
        .where(ATTEMPTS.RUN_ID.eq(runId), ATTEMPTS.STATE.eq(AttemptState.SENT.code()))
        .execute();
  }
}

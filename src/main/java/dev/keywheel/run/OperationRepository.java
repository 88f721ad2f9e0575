package dev.keywheel.run;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.OPERATIONS;
import static java.util.Objects.requireNonNullElse;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.sum;

import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Records;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Stores operations of runs. Callers hold the run's row lock or its fence. */
public final class OperationRepository {

  public void begin(Tx tx, UUID runId, int ordinal, Instant now) {
    tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.STATE, OperationState.RUNNING.code())
        .set(OPERATIONS.WAIT_UNTIL, (Instant) null)
        .set(OPERATIONS.STARTED_AT, coalesce(OPERATIONS.STARTED_AT, DSL.val(now)))
        .set(OPERATIONS.ERROR_CODE, (String) null)
        .set(OPERATIONS.ERROR_TEXT, (String) null)
        .where(OPERATIONS.RUN_ID.eq(runId), OPERATIONS.ORDINAL.eq(ordinal))
        .execute();
  }

  /** Records until when the operation waits in this worker, and why. */
  public void recordWait(Tx tx, UUID runId, int ordinal, Instant until, String why) {
    tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.WAIT_UNTIL, until)
        .set(OPERATIONS.WAIT_REASON, why)
        .where(OPERATIONS.RUN_ID.eq(runId), OPERATIONS.ORDINAL.eq(ordinal))
        .execute();
  }

  /** Moves the operations that are in the state {@code from} to the state {@code to}. */
  public void changeState(
      Tx tx, UUID runId, Collection<Integer> ordinals, OperationState from, OperationState to) {
    tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.STATE, to.code())
        .where(
            OPERATIONS.RUN_ID.eq(runId),
            OPERATIONS.ORDINAL.in(ordinals),
            OPERATIONS.STATE.eq(from.code()))
        .execute();
  }

  public record End(
      OperationState state, List<String> warnings, @Nullable String code, @Nullable String text) {}

  /**
   * Ends an operation; returns false and changes nothing if it already has a usable result. NUL
   * characters of its texts, which may come from a tool, are removed.
   */
  public boolean end(Tx tx, UUID runId, int ordinal, End end, Instant now) {
    String text = end.text();
    return tx.dsl()
            .update(OPERATIONS)
            .set(OPERATIONS.STATE, end.state().code())
            .set(OPERATIONS.WAIT_UNTIL, (Instant) null)
            .set(OPERATIONS.WARNINGS, Json.jsonb(end.warnings()))
            .set(OPERATIONS.ERROR_CODE, end.code())
            .set(OPERATIONS.ERROR_TEXT, text == null ? null : text.replace("\0", ""))
            .set(OPERATIONS.ENDED_AT, now)
            .where(
                OPERATIONS.RUN_ID.eq(runId),
                OPERATIONS.ORDINAL.eq(ordinal),
                OPERATIONS.STATE.notIn(
                    OperationState.SUCCEEDED.code(), OperationState.DEGRADED.code()))
            .execute()
        == 1;
  }

  public void endOpen(
      Tx tx, UUID runId, OperationState state, String code, String text, Instant now) {
    tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.STATE, state.code())
        .set(OPERATIONS.WAIT_UNTIL, (Instant) null)
        .set(OPERATIONS.ERROR_CODE, code)
        .set(OPERATIONS.ERROR_TEXT, text)
        .set(OPERATIONS.ENDED_AT, now)
        .where(OPERATIONS.RUN_ID.eq(runId), OPERATIONS.STATE.in(OperationState.openCodes()))
        .execute();
  }

  public void resetForRetry(Tx tx, UUID runId, Collection<Integer> ordinals) {
    tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.STATE, OperationState.PENDING.code())
        .set(OPERATIONS.ERROR_CODE, (String) null)
        .set(OPERATIONS.ERROR_TEXT, (String) null)
        .set(OPERATIONS.STARTED_AT, (Instant) null)
        .set(OPERATIONS.ENDED_AT, (Instant) null)
        .set(OPERATIONS.WARNINGS, Json.jsonb(List.of()))
        .where(OPERATIONS.RUN_ID.eq(runId), OPERATIONS.ORDINAL.in(ordinals))
        .execute();
  }

  public void markUnusable(Tx tx, long attemptId) {
    tx.dsl()
        .update(ATTEMPTS)
        .set(ATTEMPTS.STATE, AttemptState.INVALID.code())
        .where(
            ATTEMPTS.ID.eq(attemptId),
            ATTEMPTS.STATE.in(AttemptState.OK.code(), AttemptState.CUT.code()))
        .execute();
  }

  public void dropReplies(Tx tx, UUID runId, int ordinal) {
    tx.dsl()
        .update(ATTEMPTS)
        .set(ATTEMPTS.RAW, (byte[]) null)
        .where(ATTEMPTS.RUN_ID.eq(runId), ATTEMPTS.ORDINAL.eq(ordinal), ATTEMPTS.RAW.isNotNull())
        .execute();
  }

  /** The model of the last call of an operation. */
  public Optional<String> model(DSLContext dsl, UUID runId, int ordinal) {
    return dsl.select(OPERATIONS.MODEL)
        .from(OPERATIONS)
        .where(
            OPERATIONS.RUN_ID.eq(runId),
            OPERATIONS.ORDINAL.eq(ordinal),
            OPERATIONS.MODEL.isNotNull())
        .fetchOptional(OPERATIONS.MODEL);
  }

  /** Number of attempts with unknown outcome that were sent since {@code since}. */
  public int countUnknown(DSLContext dsl, UUID runId, int ordinal, Instant since) {
    return dsl.fetchCount(
        ATTEMPTS,
        ATTEMPTS.RUN_ID.eq(runId),
        ATTEMPTS.ORDINAL.eq(ordinal),
        ATTEMPTS.STATE.eq(AttemptState.UNKNOWN.code()),
        ATTEMPTS.SENT_AT.ge(since));
  }

  /** When the last attempt with unknown outcome since {@code since} was sent. */
  public Optional<Instant> lastUnknownSentAt(
      DSLContext dsl, UUID runId, int ordinal, Instant since) {
    return dsl.select(ATTEMPTS.SENT_AT)
        .from(ATTEMPTS)
        .where(
            ATTEMPTS.RUN_ID.eq(runId),
            ATTEMPTS.ORDINAL.eq(ordinal),
            ATTEMPTS.STATE.eq(AttemptState.UNKNOWN.code()),
            ATTEMPTS.SENT_AT.ge(since))
        .orderBy(ATTEMPTS.NO.desc())
        .limit(1)
        .fetchOptional(ATTEMPTS.SENT_AT);
  }

  /** Usage of a run, without unbilled calls. */
  public record BudgetUsage(int calls, long completionTokens) {}

  /**
   * The usage of a run since {@code since}.
   *
   * @param unbilled outcomes of calls that reached no model; they count only with a cost
   */
  public BudgetUsage usage(DSLContext dsl, UUID runId, Instant since, Collection<String> unbilled) {
    return dsl.select(count(), coalesce(sum(ATTEMPTS.COMPLETION_TOKENS), BigDecimal.ZERO))
        .from(ATTEMPTS)
        .where(
            ATTEMPTS.RUN_ID.eq(runId),
            ATTEMPTS.SENT_AT.ge(since),
            ATTEMPTS.COST.gt(BigDecimal.ZERO).or(coalesce(ATTEMPTS.OUTCOME, "").notIn(unbilled)))
        .fetchSingle(r -> new BudgetUsage(r.value1(), r.value2().longValue()));
  }

  /** An operation that ended with an error code. */
  public record Flaw(int ordinal, String name, OperationState state, String code, String text) {}

  /** Operations of a run with an error code, in order. */
  public List<Flaw> flaws(DSLContext dsl, UUID runId) {
    return dsl.select(
            OPERATIONS.ORDINAL,
            OPERATIONS.NAME,
            OPERATIONS.STATE.convertFrom(OperationState::of),
            OPERATIONS.ERROR_CODE,
            OPERATIONS.ERROR_TEXT)
        .from(OPERATIONS)
        .where(OPERATIONS.RUN_ID.eq(runId), OPERATIONS.ERROR_CODE.isNotNull())
        .orderBy(OPERATIONS.ORDINAL)
        .fetch(Records.mapping(Flaw::new));
  }

  public record StoredAnswer(
      String requestHash,
      Instant sentAt,
      Attempt attempt,
      Instant endedAt,
      int httpStatus,
      byte[] body,
      int latencyMs) {}

  /** The answers that an operation has received since it began, in order. */
  public List<StoredAnswer> answers(DSLContext dsl, UUID runId, int ordinal) {
    return dsl.select(
            ATTEMPTS.ID,
            ATTEMPTS.NO,
            ATTEMPTS.KEY_ID,
            ATTEMPTS.KEY_NAME,
            ATTEMPTS.MODEL,
            ATTEMPTS.REQUEST_HASH,
            ATTEMPTS.SENT_AT,
            ATTEMPTS.ENDED_AT,
            ATTEMPTS.HTTP_STATUS,
            ATTEMPTS.LATENCY_MS,
            ATTEMPTS.RAW)
        .from(ATTEMPTS)
        .join(OPERATIONS)
        .on(OPERATIONS.RUN_ID.eq(ATTEMPTS.RUN_ID), OPERATIONS.ORDINAL.eq(ATTEMPTS.ORDINAL))
        .where(
            ATTEMPTS.RUN_ID.eq(runId),
            ATTEMPTS.ORDINAL.eq(ordinal),
            ATTEMPTS.OUTCOME.eq("answer"),
            ATTEMPTS.RAW.isNotNull(),
            ATTEMPTS.SENT_AT.ge(OPERATIONS.STARTED_AT))
        .orderBy(ATTEMPTS.NO)
        .fetch(
            r ->
                new StoredAnswer(
                    r.get(ATTEMPTS.REQUEST_HASH),
                    r.get(ATTEMPTS.SENT_AT),
                    new Attempt(
                        r.get(ATTEMPTS.ID),
                        r.get(ATTEMPTS.NO),
                        r.get(ATTEMPTS.KEY_ID),
                        r.get(ATTEMPTS.KEY_NAME),
                        r.get(ATTEMPTS.MODEL),
                        0),
                    requireNonNullElse(r.get(ATTEMPTS.ENDED_AT), r.get(ATTEMPTS.SENT_AT)),
                    requireNonNullElse(r.get(ATTEMPTS.HTTP_STATUS), 200),
                    RawReplies.expand(r.get(ATTEMPTS.RAW)),
                    requireNonNullElse(r.get(ATTEMPTS.LATENCY_MS), 0)));
  }
}

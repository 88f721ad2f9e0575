package dev.keywheel.article.run.store;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.OPERATIONS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.sum;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.run.model.OperationState;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.rotation.OutcomeText;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Operations of runs in the database. Callers hold the run's row or its fence. */
public final class OperationRepository {

  public void begin(Tx tx, UUID runId, int ordinal, Instant now) {
    tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.STATE, OperationState.RUNNING.word())
        .set(OPERATIONS.WAIT_UNTIL, (Instant) null)
        .set(OPERATIONS.STARTED_AT, coalesce(OPERATIONS.STARTED_AT, DSL.val(now)))
        .set(OPERATIONS.ERROR_CODE, (String) null)
        .set(OPERATIONS.ERROR_TEXT, (String) null)
        .where(OPERATIONS.RUN_ID.eq(runId), OPERATIONS.ORDINAL.eq(ordinal))
        .execute();
  }

  /** The operation goes on then, in this worker. */
  public void waits(Tx tx, UUID runId, int ordinal, Instant until, String why) {
    tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.WAIT_UNTIL, until)
        .set(OPERATIONS.WAIT_REASON, why)
        .where(OPERATIONS.RUN_ID.eq(runId), OPERATIONS.ORDINAL.eq(ordinal))
        .execute();
  }

  public void state(
      Tx tx, UUID runId, Collection<Integer> ordinals, OperationState from, OperationState to) {
    tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.STATE, to.word())
        .where(
            OPERATIONS.RUN_ID.eq(runId),
            OPERATIONS.ORDINAL.in(ordinals),
            OPERATIONS.STATE.eq(from.word()))
        .execute();
  }

  /** How an operation ended. */
  public record End(
      OperationState state,
      List<String> warnings,
      @Nullable UUID part,
      @Nullable String inputsHash,
      @Nullable OperationError error,
      @Nullable String text) {}

  /** Returns false when it had ended already: then nothing is changed. */
  public boolean end(Tx tx, UUID runId, int ordinal, End end, Instant now) {
    return tx.dsl()
            .update(OPERATIONS)
            .set(OPERATIONS.STATE, end.state().word())
            .set(OPERATIONS.WAIT_UNTIL, (Instant) null)
            .set(OPERATIONS.WARNINGS, Json.jsonb(end.warnings()))
            .set(OPERATIONS.RESULT_PART, end.part())
            .set(OPERATIONS.INPUTS_HASH, end.inputsHash())
            .set(OPERATIONS.ERROR_CODE, end.error() == null ? null : end.error().code())
            .set(OPERATIONS.ERROR_TEXT, end.text())
            .set(OPERATIONS.ENDED_AT, now)
            .where(
                OPERATIONS.RUN_ID.eq(runId),
                OPERATIONS.ORDINAL.eq(ordinal),
                OPERATIONS.STATE.notIn("succeeded", "degraded"))
            .execute()
        == 1;
  }

  /** Operations that have not ended, ended in this way without having run. */
  public List<Integer> endOpen(
      Tx tx, UUID runId, OperationState state, OperationError error, String text, Instant now) {
    return tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.STATE, state.word())
        .set(OPERATIONS.WAIT_UNTIL, (Instant) null)
        .set(OPERATIONS.ERROR_CODE, error.code())
        .set(OPERATIONS.ERROR_TEXT, text)
        .set(OPERATIONS.ENDED_AT, now)
        .where(
            OPERATIONS.RUN_ID.eq(runId),
            OPERATIONS.STATE.in("pending", "ready", "running", "repairing", "waiting_key"))
        .returning(OPERATIONS.ORDINAL)
        .fetch(OPERATIONS.ORDINAL);
  }

  /** Back to the start, for a retry. */
  public void again(Tx tx, UUID runId, Collection<Integer> ordinals) {
    tx.dsl()
        .update(OPERATIONS)
        .set(OPERATIONS.STATE, OperationState.PENDING.word())
        .set(OPERATIONS.ERROR_CODE, (String) null)
        .set(OPERATIONS.ERROR_TEXT, (String) null)
        .set(OPERATIONS.STARTED_AT, (Instant) null)
        .set(OPERATIONS.ENDED_AT, (Instant) null)
        .set(OPERATIONS.WARNINGS, Json.jsonb(List.of()))
        .where(OPERATIONS.RUN_ID.eq(runId), OPERATIONS.ORDINAL.in(ordinals))
        .execute();
  }

  /** The answer of this attempt was of no use. */
  public void invalid(Tx tx, long attemptId) {
    tx.dsl()
        .update(ATTEMPTS)
        .set(ATTEMPTS.STATE, "invalid")
        .where(ATTEMPTS.ID.eq(attemptId), ATTEMPTS.STATE.in("ok", "cut"))
        .execute();
  }

  /** A picture is in its article now, and its reply, which is as large, serves no more. */
  public void forgetPicture(Tx tx, UUID runId) {
    tx.dsl()
        .update(ATTEMPTS)
        .set(ATTEMPTS.RAW, (byte[]) null)
        .where(
            ATTEMPTS.RUN_ID.eq(runId),
            ATTEMPTS.ORDINAL.eq(Operation.IMAGE.number()),
            ATTEMPTS.RAW.isNotNull())
        .execute();
  }

  /** The model that an operation asked last. */
  public Optional<String> model(DSLContext dsl, UUID runId, int ordinal) {
    return dsl.select(OPERATIONS.MODEL)
        .from(OPERATIONS)
        .where(
            OPERATIONS.RUN_ID.eq(runId),
            OPERATIONS.ORDINAL.eq(ordinal),
            OPERATIONS.MODEL.isNotNull())
        .fetchOptional(OPERATIONS.MODEL);
  }

  /** Attempts of an operation whose outcome nobody knows, since the budget began. */
  public int unknown(DSLContext dsl, UUID runId, int ordinal, Instant since) {
    return dsl.fetchCount(
        ATTEMPTS,
        ATTEMPTS.RUN_ID.eq(runId),
        ATTEMPTS.ORDINAL.eq(ordinal),
        ATTEMPTS.STATE.eq("unknown"),
        ATTEMPTS.SENT_AT.ge(since));
  }

  /** When the last attempt of unknown outcome was sent, since the budget began. */
  public Optional<Instant> lastUnknown(DSLContext dsl, UUID runId, int ordinal, Instant since) {
    return dsl.select(ATTEMPTS.SENT_AT)
        .from(ATTEMPTS)
        .where(
            ATTEMPTS.RUN_ID.eq(runId),
            ATTEMPTS.ORDINAL.eq(ordinal),
            ATTEMPTS.STATE.eq("unknown"),
            ATTEMPTS.SENT_AT.ge(since))
        .orderBy(ATTEMPTS.NO.desc())
        .limit(1)
        .fetchOptional(ATTEMPTS.SENT_AT);
  }

  /** What a run has used since its budget began; calls that reached no model are not counted. */
  public record Used(int calls, long completionTokens, BigDecimal cost) {}

  public Used used(DSLContext dsl, UUID runId, Instant since) {
    return dsl.select(
            count(),
            coalesce(sum(ATTEMPTS.COMPLETION_TOKENS), BigDecimal.ZERO),
            coalesce(sum(ATTEMPTS.COST), BigDecimal.ZERO))
        .from(ATTEMPTS)
        .where(
            ATTEMPTS.RUN_ID.eq(runId),
            ATTEMPTS.SENT_AT.ge(since),
            ATTEMPTS
                .COST
                .gt(BigDecimal.ZERO)
                .or(coalesce(ATTEMPTS.OUTCOME, "").notIn(OutcomeText.UNBILLED)))
        .fetchSingle(r -> new Used(r.value1(), r.value2().longValue(), r.value3()));
  }
}

package dev.keywheel.article.view;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.OPERATIONS;
import static dev.keywheel.db.schema.Tables.RUNS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.article.view.RunView.AttemptReply;
import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.article.view.RunView.OperationView;
import dev.keywheel.article.view.RunView.SeatView;
import dev.keywheel.db.Json;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.Evidence;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.AttemptState;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.RawReplies;
import dev.keywheel.run.Run;
import dev.keywheel.run.RunMode;
import dev.keywheel.run.RunQueries;
import dev.keywheel.run.RunState;
import dev.keywheel.run.SeatRepository;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.Record;

/** Reads runs and replies from the database, as pages show them. */
final class RunViews {

  /** The run; {@code place} computes the position of a queued run in the queue. */
  Optional<RunView> run(
      DSLContext dsl, UUID workspace, UUID id, BiFunction<PoolId, UUID, Integer> place) {
    return dsl.selectFrom(RUNS)
        .where(RUNS.ID.eq(id), RUNS.WORKSPACE_ID.eq(workspace))
        .fetchOptional(r -> view(dsl, r, workspace, place));
  }

  private static RunView view(
      DSLContext dsl, Record r, UUID workspace, BiFunction<PoolId, UUID, Integer> place) {
    var id = r.get(RUNS.ID);
    var state = RunState.of(r.get(RUNS.STATE));
    var inputs = Json.read(r.get(RUNS.INPUTS), RunInputs.class);
    var seats = seats(dsl, id);
    return new RunView(
        id,
        r.get(RUNS.NUMBER),
        r.get(RUNS.ARTICLE_ID),
        inputs.wishes().topic(),
        r.get(RUNS.PROVIDER),
        RunMode.of(r.get(RUNS.MODE)),
        state,
        r.get(RUNS.REASON),
        r.get(RUNS.WAIT_UNTIL),
        state == RunState.QUEUED ? place.apply(new PoolId(workspace, r.get(RUNS.PROVIDER)), id) : 0,
        seats,
        operations(dsl, id, seats),
        gaps(r.get(RUNS.TOTALS)),
        r.get(RUNS.DEMO),
        r.get(RUNS.STARTED_BY_NAME),
        r.get(RUNS.CREATED_AT),
        r.get(RUNS.STARTED_AT),
        r.get(RUNS.ENDED_AT),
        r.get(RUNS.CALLS),
        r.get(RUNS.TOKENS),
        r.get(RUNS.COST),
        inputs.only(),
        RunQueries.retryAt(dsl, id).orElse(null),
        Run.retriedAt(r.get(RUNS.STARTED_AT), r.get(RUNS.BUDGET_SINCE)),
        r.get(RUNS.RESUMED_AT));
  }

  private static List<SeatView> seats(DSLContext dsl, UUID runId) {
    var seats = new ArrayList<SeatView>();
    SeatRepository.plan(dsl, runId).stream()
        .flatMap(plan -> plan.seats().stream())
        .forEach(seat -> seats.add(new SeatView(seats.size() + 1, seat.keyId(), seat.keyName())));
    return seats;
  }

  static List<String> gaps(JSONB totals) {
    var gaps = new ArrayList<String>();
    Json.read(totals, JsonNode.class).path("gaps").forEach(g -> gaps.add(g.asText()));
    return gaps;
  }

  private static List<OperationView> operations(DSLContext dsl, UUID runId, List<SeatView> seats) {
    var attempts = attempts(dsl, runId);
    return dsl.selectFrom(OPERATIONS)
        .where(OPERATIONS.RUN_ID.eq(runId))
        .orderBy(OPERATIONS.ORDINAL)
        .fetch(
            r -> {
              int ordinal = r.get(OPERATIONS.ORDINAL);
              var planned = seats.isEmpty() ? null : seats.get((ordinal - 1) % seats.size());
              var used = r.get(OPERATIONS.USED_KEY_ID);
              var usedName = r.get(OPERATIONS.USED_KEY_NAME);
              return new OperationView(
                  ordinal,
                  r.get(OPERATIONS.NAME),
                  OperationState.of(r.get(OPERATIONS.STATE)),
                  used != null || planned == null ? used : planned.keyId(),
                  usedName != null || planned == null ? usedName : planned.keyName(),
                  List.of(Json.read(r.get(OPERATIONS.WARNINGS), String[].class)),
                  r.get(OPERATIONS.ERROR_TEXT),
                  OperationError.GAP.code().equals(r.get(OPERATIONS.ERROR_CODE)),
                  r.get(OPERATIONS.STARTED_AT),
                  r.get(OPERATIONS.ENDED_AT),
                  r.get(OPERATIONS.WAIT_UNTIL),
                  r.get(OPERATIONS.WAIT_REASON),
                  attempts.getOrDefault(ordinal, List.of()));
            });
  }

  private static Map<Integer, List<AttemptView>> attempts(DSLContext dsl, UUID runId) {
    return dsl.select(
            ATTEMPTS.ID,
            ATTEMPTS.ORDINAL,
            ATTEMPTS.NO,
            ATTEMPTS.CAUSE,
            ATTEMPTS.KEY_ID,
            ATTEMPTS.KEY_NAME,
            ATTEMPTS.MODEL,
            ATTEMPTS.STATE,
            ATTEMPTS.HTTP_STATUS,
            ATTEMPTS.OUTCOME,
            ATTEMPTS.PROMPT_TOKENS,
            ATTEMPTS.COMPLETION_TOKENS,
            ATTEMPTS.COST,
            ATTEMPTS.COST_KNOWN,
            ATTEMPTS.LATENCY_MS,
            ATTEMPTS.SENT_AT,
            ATTEMPTS.MAX_TOKENS)
        .from(ATTEMPTS)
        .where(ATTEMPTS.RUN_ID.eq(runId))
        .orderBy(ATTEMPTS.ORDINAL, ATTEMPTS.NO)
        .fetchGroups(ATTEMPTS.ORDINAL, RunViews::attempt);
  }

  private static AttemptView attempt(Record r) {
    return new AttemptView(
        r.get(ATTEMPTS.ID),
        r.get(ATTEMPTS.NO),
        AttemptCause.of(r.get(ATTEMPTS.CAUSE)),
        r.get(ATTEMPTS.KEY_ID),
        r.get(ATTEMPTS.KEY_NAME),
        r.get(ATTEMPTS.MODEL),
        AttemptState.of(r.get(ATTEMPTS.STATE)),
        r.get(ATTEMPTS.HTTP_STATUS),
        r.get(ATTEMPTS.OUTCOME),
        r.get(ATTEMPTS.PROMPT_TOKENS),
        r.get(ATTEMPTS.COMPLETION_TOKENS),
        Boolean.TRUE.equals(r.get(ATTEMPTS.COST_KNOWN)) ? r.get(ATTEMPTS.COST) : null,
        r.get(ATTEMPTS.LATENCY_MS),
        r.get(ATTEMPTS.SENT_AT),
        r.get(ATTEMPTS.MAX_TOKENS));
  }

  Optional<AttemptReply> reply(DSLContext dsl, UUID workspace, UUID runId, long attemptId) {
    return dsl.select(ATTEMPTS.RAW, ATTEMPTS.EVIDENCE, ATTEMPTS.REASONING_TOKENS)
        .from(ATTEMPTS)
        .join(RUNS)
        .on(RUNS.ID.eq(ATTEMPTS.RUN_ID))
        .where(RUNS.WORKSPACE_ID.eq(workspace), RUNS.ID.eq(runId), ATTEMPTS.ID.eq(attemptId))
        .fetchOptional(RunViews::reply);
  }

  private static AttemptReply reply(Record r) {
    byte[] raw = r.get(ATTEMPTS.RAW);
    JSONB evidence = r.get(ATTEMPTS.EVIDENCE);
    return new AttemptReply(
        raw == null ? "" : new String(RawReplies.expand(raw), StandardCharsets.UTF_8),
        evidence == null ? null : Json.read(evidence, Evidence.class),
        Objects.requireNonNullElse(r.get(ATTEMPTS.REASONING_TOKENS), 0));
  }
}

package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.EVENTS;
import static dev.keywheel.db.schema.Tables.EVENT_STREAMS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static dev.keywheel.db.schema.Tables.RUNS;

import dev.keywheel.db.Json;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.SelectConditionStep;

/** Reads the log of one stream, and what streams belong to. */
final class LogQueries {
  private static final Set<String> RUN_ENDED =
      Set.of("completed", "completed_with_gaps", "failed", "cancelled");

  boolean exists(DSLContext dsl, UUID workspace, UUID streamId) {
    return dsl.fetchExists(
        EVENT_STREAMS, EVENT_STREAMS.ID.eq(streamId), EVENT_STREAMS.WORKSPACE_ID.eq(workspace));
  }

  int count(DSLContext dsl, UUID streamId, String code) {
    return dsl.fetchCount(EVENTS, EVENTS.STREAM_ID.eq(streamId), EVENTS.CODE.eq(code));
  }

  /** How many lines a stream has ever had. */
  long lastSeq(DSLContext dsl, UUID streamId) {
    return dsl.select(EVENT_STREAMS.LAST_SEQ)
        .from(EVENT_STREAMS)
        .where(EVENT_STREAMS.ID.eq(streamId))
        .fetchOptional(EVENT_STREAMS.LAST_SEQ)
        .orElse(0L);
  }

  List<LogEntry> after(DSLContext dsl, UUID workspace, UUID streamId, long seq, int limit) {
    return lines(dsl, ofStream(workspace, streamId), EVENTS.SEQ.gt(seq))
        .orderBy(EVENTS.SEQ)
        .limit(limit)
        .fetch(LogQueries::line);
  }

  List<LogEntry> before(DSLContext dsl, UUID workspace, UUID streamId, long seq, int limit) {
    return lines(dsl, ofStream(workspace, streamId), EVENTS.SEQ.lt(seq))
        .orderBy(EVENTS.SEQ.desc())
        .limit(limit)
        .fetch(LogQueries::line)
        .reversed();
  }

  Map<UUID, StreamInfo> heads(DSLContext dsl, Condition which, UUID workspace) {
    return dsl.select(
            EVENT_STREAMS.ID, EVENT_STREAMS.KIND, RUNS.NUMBER, RUNS.STATE, RECOVERIES.STATE)
        .from(EVENT_STREAMS)
        .leftJoin(RUNS)
        .on(RUNS.ID.eq(EVENT_STREAMS.ID))
        .leftJoin(RECOVERIES)
        .on(RECOVERIES.ID.eq(EVENT_STREAMS.ID))
        .where(EVENT_STREAMS.WORKSPACE_ID.eq(workspace), which)
        .fetchMap(EVENT_STREAMS.ID, LogQueries::head);
  }

  private static StreamInfo head(Record row) {
    var kind = StreamKind.of(row.get(EVENT_STREAMS.KIND));
    return switch (kind) {
      case RUN ->
          new StreamInfo(
              row.get(EVENT_STREAMS.ID),
              kind,
              Objects.requireNonNullElse(row.get(RUNS.NUMBER), 0L),
              !RUN_ENDED.contains(String.valueOf(row.get(RUNS.STATE))));
      case RECOVERY ->
          new StreamInfo(
              row.get(EVENT_STREAMS.ID), kind, 0, "running".equals(row.get(RECOVERIES.STATE)));
    };
  }

  private static Condition ofStream(UUID workspace, UUID streamId) {
    return EVENTS.STREAM_ID.eq(streamId).and(EVENTS.WORKSPACE_ID.eq(workspace));
  }

  /** The columns of lines, which {@link #line} reads. */
  static SelectConditionStep<? extends Record> lines(
      DSLContext dsl, Condition which, Condition place) {
    return dsl.select(
            EVENTS.STREAM_ID,
            EVENT_STREAMS.KIND,
            EVENTS.SEQ,
            EVENTS.AT,
            EVENTS.LEVEL,
            EVENTS.CODE,
            EVENTS.MESSAGE,
            EVENTS.ORDINAL,
            EVENTS.KEY_ID,
            EVENTS.DATA,
            EVENTS.POSITION)
        .from(EVENTS)
        .join(EVENT_STREAMS)
        .on(EVENT_STREAMS.ID.eq(EVENTS.STREAM_ID))
        .where(which.and(place));
  }

  static LogEntry line(Record row) {
    return new LogEntry(
        row.get(EVENTS.STREAM_ID),
        StreamKind.of(row.get(EVENT_STREAMS.KIND)),
        row.get(EVENTS.SEQ),
        row.get(EVENTS.AT),
        Level.of(row.get(EVENTS.LEVEL)),
        row.get(EVENTS.CODE),
        row.get(EVENTS.MESSAGE),
        row.get(EVENTS.ORDINAL),
        row.get(EVENTS.KEY_ID),
        data(row.get(EVENTS.DATA)));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> data(JSONB json) {
    return Json.read(json, Map.class);
  }
}

package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.EVENTS;
import static dev.keywheel.db.schema.Tables.EVENT_STREAMS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;

import dev.keywheel.run.RunQueries;
import dev.keywheel.run.RunQueries.LogOwner;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jspecify.annotations.Nullable;

/** Reads the log of one stream, and the owners of streams. */
final class LogQueries {
  int count(DSLContext dsl, UUID streamId, String code) {
    return dsl.fetchCount(EVENTS, EVENTS.STREAM_ID.eq(streamId), EVENTS.CODE.eq(code));
  }

  /** Code of the last line of a stream; empty if it has no line. */
  Optional<String> lastCode(DSLContext dsl, UUID streamId) {
    return dsl.select(EVENTS.CODE)
        .from(EVENTS)
        .where(EVENTS.STREAM_ID.eq(streamId))
        .orderBy(EVENTS.SEQ.desc())
        .limit(1)
        .fetchOptional(EVENTS.CODE);
  }

  /** Number of lines ever written to a stream. */
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

  Map<UUID, StreamInfo> heads(DSLContext dsl, Set<UUID> ids, UUID workspace) {
    var runs = RunQueries.logOwners(dsl, ids);
    return dsl.select(EVENT_STREAMS.ID, EVENT_STREAMS.KIND, RECOVERIES.STATE)
        .from(EVENT_STREAMS)
        .leftJoin(RECOVERIES)
        .on(RECOVERIES.ID.eq(EVENT_STREAMS.ID))
        .where(EVENT_STREAMS.WORKSPACE_ID.eq(workspace), EVENT_STREAMS.ID.in(ids))
        .fetchMap(EVENT_STREAMS.ID, row -> head(row, runs.get(row.value1())));
  }

  private static StreamInfo head(Record row, @Nullable LogOwner run) {
    var id = row.get(EVENT_STREAMS.ID);
    var kind = StreamKind.of(row.get(EVENT_STREAMS.KIND));
    return switch (kind) {
      case RUN ->
          new StreamInfo(
              id, kind, run == null ? 0 : run.number(), run == null || !run.state().ended());
      case REQUEST -> new StreamInfo(id, kind, 0, false);
      case RECOVERY -> new StreamInfo(id, kind, 0, "running".equals(row.get(RECOVERIES.STATE)));
    };
  }

  private static Condition ofStream(UUID workspace, UUID streamId) {
    return EVENTS.STREAM_ID.eq(streamId).and(EVENTS.WORKSPACE_ID.eq(workspace));
  }

  /** Selects lines that meet both conditions: the columns for {@link #line} and the position. */
  static SelectConditionStep<? extends Record> lines(
      DSLContext dsl, Condition which, Condition place) {
    return dsl.select(
            EVENTS.STREAM_ID,
            EVENTS.SEQ,
            EVENTS.AT,
            EVENTS.LEVEL,
            EVENTS.CODE,
            EVENTS.MESSAGE,
            EVENTS.ORDINAL,
            EVENTS.POSITION)
        .from(EVENTS)
        .where(which.and(place));
  }

  static LogEntry line(Record row) {
    return new LogEntry(
        row.get(EVENTS.STREAM_ID),
        row.get(EVENTS.SEQ),
        row.get(EVENTS.AT),
        Level.of(row.get(EVENTS.LEVEL)),
        row.get(EVENTS.CODE),
        row.get(EVENTS.MESSAGE),
        row.get(EVENTS.ORDINAL));
  }
}

package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.EVENTS;
import static dev.keywheel.db.schema.Tables.EVENT_STREAMS;
import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static dev.keywheel.db.schema.Tables.RUNS;

import dev.keywheel.db.Json;
import dev.keywheel.log.LogPage.Cursor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Row3;
import org.jooq.SelectConditionStep;
import org.jooq.impl.DSL;

/**
 * Reads the log. Over several streams, lines are ordered by position, and only those up to the
 * {@link LogHorizon} are shown: what is shown stays complete, however late a writer commits.
 */
final class LogQueries {
  private static final Row3<Long, UUID, Long> PLACE =
      DSL.row(EVENTS.POSITION, EVENTS.STREAM_ID, EVENTS.SEQ);

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

  List<LoggedLine> after(DSLContext dsl, UUID workspace, UUID streamId, long seq, int limit) {
    return lines(dsl, ofStream(workspace, streamId), EVENTS.SEQ.gt(seq))
        .orderBy(EVENTS.SEQ)
        .limit(limit)
        .fetch(LogQueries::line);
  }

  List<LoggedLine> before(DSLContext dsl, UUID workspace, UUID streamId, long seq, int limit) {
    return lines(dsl, ofStream(workspace, streamId), EVENTS.SEQ.lt(seq))
        .orderBy(EVENTS.SEQ.desc())
        .limit(limit)
        .fetch(LogQueries::line)
        .reversed();
  }

  LogPage newest(DSLContext dsl, UUID workspace, LogFilter filter, int limit) {
    var end = afterNewest(dsl, workspace, LogHorizon.of(dsl));
    return backwards(dsl, workspace, filter, end, limit, end);
  }

  LogPage earlier(DSLContext dsl, UUID workspace, LogFilter filter, Cursor before, int limit) {
    return backwards(dsl, workspace, filter, before, limit, before);
  }

  private static LogPage backwards(
      DSLContext dsl, UUID workspace, LogFilter filter, Cursor before, int limit, Cursor next) {
    var rows =
        lines(dsl, matching(workspace, filter), PLACE.lt(row(before)))
            .orderBy(EVENTS.POSITION.desc(), EVENTS.STREAM_ID.desc(), EVENTS.SEQ.desc())
            .limit(limit + 1)
            .fetch();
    boolean more = rows.size() > limit;
    var shown = (more ? rows.subList(0, limit) : rows).reversed();
    var start = shown.isEmpty() ? before : cursor(shown.getFirst());
    return new LogPage(shown.stream().map(LogQueries::line).toList(), start, next, more);
  }

  LogPage since(DSLContext dsl, UUID workspace, LogFilter filter, Cursor cursor, int limit) {
    var end = afterNewest(dsl, workspace, LogHorizon.of(dsl));
    var found =
        lines(dsl, matching(workspace, filter).and(PLACE.gt(row(cursor))), PLACE.lt(row(end)))
            .orderBy(EVENTS.POSITION, EVENTS.STREAM_ID, EVENTS.SEQ)
            .limit(limit)
            .fetch();
    var next = found.size() < limit ? end : cursor(found.getLast());
    return new LogPage(found.map(LogQueries::line), cursor, next, true);
  }

  Map<UUID, StreamHead> heads(DSLContext dsl, Condition which, UUID workspace) {
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

  private static StreamHead head(Record row) {
    var kind = StreamKind.of(row.get(EVENT_STREAMS.KIND));
    return switch (kind) {
      case RUN ->
          new StreamHead(
              row.get(EVENT_STREAMS.ID),
              kind,
              Objects.requireNonNullElse(row.get(RUNS.NUMBER), 0L),
              !RUN_ENDED.contains(String.valueOf(row.get(RUNS.STATE))));
      case RECOVERY ->
          new StreamHead(
              row.get(EVENT_STREAMS.ID), kind, 0, "running".equals(row.get(RECOVERIES.STATE)));
    };
  }

  /**
   * The place after the newest committed line up to the horizon. Never after a position that was
   * only drawn: after a crash of the server it could be drawn again.
   */
  private static Cursor afterNewest(DSLContext dsl, UUID workspace, long horizon) {
    return dsl.select(EVENTS.POSITION)
        .from(EVENTS)
        .where(EVENTS.WORKSPACE_ID.eq(workspace), EVENTS.POSITION.le(horizon))
        .orderBy(EVENTS.POSITION.desc())
        .limit(1)
        .fetchOptional(EVENTS.POSITION)
        .map(newest -> new Cursor(newest + 1, LogPage.NO_STREAM, 0))
        .orElse(Cursor.START);
  }

  private static Cursor cursor(Record row) {
    return new Cursor(row.get(EVENTS.POSITION), row.get(EVENTS.STREAM_ID), row.get(EVENTS.SEQ));
  }

  private static Row3<Long, UUID, Long> row(Cursor cursor) {
    return DSL.row(cursor.position(), cursor.stream(), cursor.seq());
  }

  private static Condition ofStream(UUID workspace, UUID streamId) {
    return EVENTS.STREAM_ID.eq(streamId).and(EVENTS.WORKSPACE_ID.eq(workspace));
  }

  private static Condition matching(UUID workspace, LogFilter filter) {
    var condition = EVENTS.WORKSPACE_ID.eq(workspace);
    if (filter.stream() != null) {
      condition = condition.and(EVENTS.STREAM_ID.eq(filter.stream()));
    }
    if (filter.level() != null) {
      condition = condition.and(EVENTS.LEVEL.in(wordsFrom(filter.level())));
    }
    if (filter.text() != null && !filter.text().isBlank()) {
      condition = condition.and(EVENTS.MESSAGE.containsIgnoreCase(filter.text().strip()));
    }
    return condition;
  }

  private static List<String> wordsFrom(Level least) {
    var words = new ArrayList<String>();
    for (var level : Level.values()) {
      if (level.compareTo(least) >= 0) {
        words.add(level.word());
      }
    }
    return words;
  }

  private static SelectConditionStep<? extends Record> lines(
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

  private static LoggedLine line(Record row) {
    return new LoggedLine(
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

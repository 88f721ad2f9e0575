package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.EVENTS;
import static dev.keywheel.db.schema.Tables.EVENT_STREAMS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.row;

import dev.keywheel.db.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.SelectConditionStep;

/**
 * Reads the log. Over several streams, lines are ordered by the number of the transaction that
 * wrote them, and only lines older than every transaction still open are shown: what is shown stays
 * complete, however late somebody commits.
 */
final class LogQueries {
  /** The oldest transaction that is still open, or the next one to come. */
  private static final Field<Long> OPEN_TX =
      field("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", Long.class);

  boolean exists(DSLContext dsl, UUID workspace, UUID streamId) {
    return dsl.fetchExists(
        EVENT_STREAMS, EVENT_STREAMS.ID.eq(streamId), EVENT_STREAMS.WORKSPACE_ID.eq(workspace));
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
    long open = openTx(dsl);
    var found =
        lines(dsl, matching(workspace, filter), EVENTS.TX.lt(open))
            .orderBy(EVENTS.TX.desc(), EVENTS.STREAM_ID.desc(), EVENTS.SEQ.desc())
            .limit(limit + 1)
            .fetch(LogQueries::line);
    var shown = found.subList(0, Math.min(limit, found.size())).reversed();
    return new LogPage(
        List.copyOf(shown), new LogPage.Cursor(open, LogPage.NO_STREAM, 0), found.size() > limit);
  }

  LogPage since(
      DSLContext dsl, UUID workspace, LogFilter filter, LogPage.Cursor cursor, int limit) {
    long open = openTx(dsl);
    var after =
        row(EVENTS.TX, EVENTS.STREAM_ID, EVENTS.SEQ)
            .gt(row(cursor.tx(), cursor.stream(), cursor.seq()));
    var found =
        lines(dsl, matching(workspace, filter).and(after), EVENTS.TX.lt(open))
            .orderBy(EVENTS.TX, EVENTS.STREAM_ID, EVENTS.SEQ)
            .limit(limit)
            .fetch();
    var lines = found.map(LogQueries::line);
    if (found.size() < limit) {
      return new LogPage(
          lines, new LogPage.Cursor(Math.max(open, cursor.tx()), LogPage.NO_STREAM, 0), true);
    }
    var last = found.getLast();
    var next =
        new LogPage.Cursor(last.get(EVENTS.TX), last.get(EVENTS.STREAM_ID), last.get(EVENTS.SEQ));
    return new LogPage(lines, next, true);
  }

  private static long openTx(DSLContext dsl) {
    return Objects.requireNonNull(dsl.select(OPEN_TX).fetchSingle().value1());
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
            EVENTS.TX)
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

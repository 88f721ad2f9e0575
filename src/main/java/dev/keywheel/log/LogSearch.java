package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.EVENTS;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.query.BoundedSearch;
import dev.keywheel.log.LogPage.Cursor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Row3;
import org.jooq.SortField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log of all streams by position, up to the {@link LogHorizon}, so that a line that
 * commits late is never skipped. Every read is bounded by an index or by a number of scanned lines.
 */
final class LogSearch {
  private static final Row3<Long, UUID, Long> PLACE =
      DSL.row(EVENTS.POSITION, EVENTS.STREAM_ID, EVENTS.SEQ);

  private static final List<SortField<?>> NEWEST_FIRST =
      List.of(EVENTS.POSITION.desc(), EVENTS.STREAM_ID.desc(), EVENTS.SEQ.desc());

  private static final List<SortField<?>> OLDEST_FIRST =
      List.of(EVENTS.POSITION.asc(), EVENTS.STREAM_ID.asc(), EVENTS.SEQ.asc());

  /**
   * Maximum number of lines scanned per request when a page polls for new lines that contain a
   * text.
   */
  private static final int MAX_SCANNED = 20_000;

  private final Database database;

  LogSearch(Database database) {
    this.database = database;
  }

  LogPage newest(UUID workspace, LogFilter filter, int limit) {
    return earlier(workspace, filter, end(workspace, filter), limit);
  }

  LogPage earlier(UUID workspace, LogFilter filter, Cursor before, int limit) {
    var source = new Lines(workspace, filter);
    var found =
        filter.hasText() && filter.stream() == null
            ? BoundedSearch.find(source, before, limit)
            : source.page(before, limit);
    var start = found.next() == null ? before : found.next();
    var lines = found.rows().reversed().stream().map(LogQueries::line).toList();
    return new LogPage(lines, start, before, found.next() != null, found.partial());
  }

  /** Lines after a cursor, oldest first, up to the end of the log or the scan limit. */
  LogPage since(UUID workspace, LogFilter filter, Cursor cursor, int limit) {
    var last = end(workspace, filter);
    var end = scanEnd(workspace, filter, cursor, last);
    var found =
        database.read(
            dsl ->
                LogQueries.lines(
                        dsl,
                        matching(workspace, filter),
                        after(filter, cursor).and(PLACE.le(row(end))))
                    .orderBy(filter.stream() == null ? OLDEST_FIRST : List.of(EVENTS.SEQ.asc()))
                    .limit(limit)
                    .fetch());
    var next = found.size() < limit ? latest(cursor, end) : cursor(found.getLast());
    return new LogPage(found.map(LogQueries::line), cursor, next, true, !end.equals(last));
  }

  private static Cursor latest(Cursor cursor, Cursor end) {
    return end.position() >= cursor.position() ? end : cursor;
  }

  /** The end, or an earlier place when a text search would scan too many lines. */
  private Cursor scanEnd(UUID workspace, LogFilter filter, Cursor cursor, Cursor end) {
    if (!filter.hasText() || filter.stream() != null) {
      return end;
    }
    return database.read(
        dsl ->
            dsl.select(EVENTS.POSITION, EVENTS.STREAM_ID, EVENTS.SEQ)
                .from(EVENTS)
                .where(EVENTS.WORKSPACE_ID.eq(workspace), PLACE.gt(row(cursor)))
                .and(PLACE.lt(row(end)))
                .orderBy(OLDEST_FIRST)
                .offset(MAX_SCANNED - 1)
                .limit(1)
                .fetchOptional(LogSearch::cursor)
                .orElse(end));
  }

  /**
   * The place after the newest complete line. A position that the sequence has issued does not
   * count until its line exists: after a server crash, the sequence may issue it again. A single
   * stream is always complete.
   */
  private Cursor end(UUID workspace, LogFilter filter) {
    return database.read(
        dsl -> {
          var complete =
              filter.stream() == null
                  ? EVENTS.POSITION.le(LogHorizon.of(dsl))
                  : EVENTS.STREAM_ID.eq(filter.stream());
          return dsl.select(EVENTS.POSITION, EVENTS.STREAM_ID, EVENTS.SEQ)
              .from(EVENTS)
              .where(EVENTS.WORKSPACE_ID.eq(workspace), complete)
              .orderBy(filter.stream() == null ? NEWEST_FIRST : List.of(EVENTS.SEQ.desc()))
              .limit(1)
              .fetchOptional(LogSearch::cursor)
              .map(last -> new Cursor(last.position() + 1, LogPage.NO_STREAM, 0))
              .orElse(Cursor.START);
        });
  }

  private static Cursor cursor(Record row) {
    return new Cursor(row.get(EVENTS.POSITION), row.get(EVENTS.STREAM_ID), row.get(EVENTS.SEQ));
  }

  private static Row3<Long, UUID, Long> row(Cursor cursor) {
    return DSL.row(cursor.position(), cursor.stream(), cursor.seq());
  }

  /** Within one stream, lines are ordered by their number, as in the primary key. */
  private static Condition before(LogFilter filter, Cursor end) {
    return end.stream().equals(filter.stream()) ? EVENTS.SEQ.lt(end.seq()) : PLACE.lt(row(end));
  }

  private static Condition after(LogFilter filter, Cursor start) {
    return start.stream().equals(filter.stream())
        ? EVENTS.SEQ.gt(start.seq())
        : PLACE.gt(row(start));
  }

  private static Condition matching(UUID workspace, LogFilter filter) {
    var stream = filter.stream() == null ? noCondition() : EVENTS.STREAM_ID.eq(filter.stream());
    var text = filter.hasText() ? EVENTS.MESSAGE.likeIgnoreCase(pattern(filter)) : noCondition();
    return and(
        EVENTS.WORKSPACE_ID.eq(workspace), stream, level(filter.level()), gateway(filter), text);
  }

  /** Inlined, so that PostgreSQL can use the partial index of V092. */
  private static Condition gateway(LogFilter filter) {
    return filter.gateway() ? EVENTS.CODE.like(inline("gw.%")) : noCondition();
  }

  private static String pattern(LogFilter filter) {
    return BoundedSearch.pattern(filter.strippedText());
  }

  /** Inlined, so that PostgreSQL can use the partial indexes of V030. */
  private static Condition level(@Nullable Level least) {
    if (least == null || least == Level.INFO) {
      return noCondition();
    }
    var words =
        Arrays.stream(Level.values())
            .filter(level -> level.compareTo(least) >= 0)
            .map(level -> inline(level.code()))
            .toList();
    return words.size() == 1 ? EVENTS.LEVEL.eq(words.getFirst()) : EVENTS.LEVEL.in(words);
  }

  private final class Lines implements BoundedSearch.Source<Cursor, Record> {
    private final UUID workspace;
    private final LogFilter filter;

    Lines(UUID workspace, LogFilter filter) {
      this.workspace = workspace;
      this.filter = filter;
    }

    BoundedSearch.ResultPage<Cursor, Record> page(Cursor before, int limit) {
      var rows = database.read(dsl -> fetch(dsl, before(filter, before), limit + 1));
      return rows.size() > limit
          ? new BoundedSearch.ResultPage<>(
              rows.subList(0, limit), place(rows.get(limit - 1)), false)
          : new BoundedSearch.ResultPage<>(rows, null, false);
    }

    private List<Record> fetch(DSLContext dsl, Condition where, int limit) {
      return List.copyOf(
          LogQueries.lines(dsl, matching(workspace, filter), where)
              .orderBy(filter.stream() == null ? NEWEST_FIRST : List.of(EVENTS.SEQ.desc()))
              .limit(limit)
              .fetch());
    }

    @Override
    public Optional<Cursor> back(Cursor before, int rows) {
      return database.read(
          dsl ->
              dsl.select(EVENTS.POSITION, EVENTS.STREAM_ID, EVENTS.SEQ)
                  .from(EVENTS)
                  .where(EVENTS.WORKSPACE_ID.eq(workspace), PLACE.lt(row(before)))
                  .orderBy(NEWEST_FIRST)
                  .offset(rows - 1)
                  .limit(1)
                  .fetchOptional(LogSearch::cursor));
    }

    @Override
    public List<Record> between(@Nullable Cursor from, Cursor before, int limit) {
      var start = from == null ? noCondition() : PLACE.ge(row(from));
      return database.read(dsl -> fetch(dsl, PLACE.lt(row(before)).and(start), limit));
    }

    @Override
    public Optional<List<Record>> indexed(Cursor before, int limit) {
      var hits =
          condition(
              """
              (events.stream_id, events.seq) in (
                with hits as materialized (
                  select workspace_id, position, stream_id, seq, level, code from events
                   where message ilike {0})
                select stream_id, seq from hits events
                 where workspace_id = {1} and {2} and {3} and {4}
                 order by position desc, stream_id desc, seq desc limit {5})
              """,
              val(pattern(filter)),
              val(workspace),
              PLACE.lt(row(before)),
              level(filter.level()),
              gateway(filter),
              val(limit));
      return BoundedSearch.throughIndex(
          database, "events_containing", filter.strippedText(), dsl -> fetch(dsl, hits, limit));
    }

    @Override
    public Cursor place(Record row) {
      return cursor(row);
    }
  }
}

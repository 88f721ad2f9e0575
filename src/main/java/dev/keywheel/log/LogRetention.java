package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.EVENTS;
import static dev.keywheel.db.schema.Tables.EVENT_STREAMS;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.min;
import static org.jooq.impl.DSL.notExists;
import static org.jooq.impl.DSL.selectOne;

import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.retention.RemovedRows;
import dev.keywheel.run.OpenRuns;
import java.time.Instant;
import java.util.Collection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Removes old lines. A stream stays as long as its owner, whose page can thus show that lines were
 * removed.
 */
public final class LogRetention {
  private LogRetention() {}

  /** Removes streams. Call only for streams that have no lines left. */
  public static void removeStreams(Tx tx, Collection<UUID> ids) {
    tx.dsl().deleteFrom(EVENT_STREAMS).where(EVENT_STREAMS.ID.in(ids)).execute();
  }

  /**
   * Removes the streams of gateway requests that arrived before a time, which have no lines left.
   *
   * @param before a time before which both requests and lines were removed
   * @param cursor id of the last stream read; null at the beginning
   */
  public static RemovedRows removeStreamsOfRequests(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    var after = cursor == null ? new UUID(0, 0) : UUID.fromString(cursor);
    var read =
        tx.dsl()
            .select(EVENT_STREAMS.ID)
            .from(EVENT_STREAMS)
            .where(EVENT_STREAMS.ID.gt(after), EVENT_STREAMS.ID.lt(Ids.lowerBound(before)))
            .orderBy(EVENT_STREAMS.ID)
            .limit(limit)
            .fetch(EVENT_STREAMS.ID);
    if (read.isEmpty()) {
      return new RemovedRows(0, null);
    }
    int removed =
        tx.dsl()
            .deleteFrom(EVENT_STREAMS)
            .where(
                EVENT_STREAMS.ID.gt(after),
                EVENT_STREAMS.ID.le(read.getLast()),
                EVENT_STREAMS.KIND.eq(StreamKind.REQUEST.code()),
                EVENT_STREAMS.WORKSPACE_ID.eq(workspace),
                notExists(selectOne().from(EVENTS).where(EVENTS.STREAM_ID.eq(EVENT_STREAMS.ID))))
            .execute();
    return new RemovedRows(removed, read.size() < limit ? null : read.getLast().toString());
  }

  /**
   * Removes the oldest lines in order of position, which is their order in time to within seconds,
   * except those of runs that have not ended: a run may wait for longer than lines are kept.
   * Deletes a range of positions: a join with the found lines would compare every pair while the
   * planner considers the table empty, as after a vacuum of the empty table. Each batch begins
   * after the previous one, because the index still contains all deleted lines while an old
   * transaction is open.
   *
   * @param cursor position of the last line read; null or empty at the beginning
   */
  public static RemovedRows remove(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    long after = cursor == null || cursor.isEmpty() ? Long.MIN_VALUE : Long.parseLong(cursor);
    var oldest =
        tx.dsl()
            .select(EVENTS.POSITION, EVENTS.AT)
            .from(EVENTS)
            .where(EVENTS.WORKSPACE_ID.eq(workspace), EVENTS.POSITION.gt(after))
            .orderBy(EVENTS.POSITION)
            .limit(limit)
            .asTable("oldest");
    var read =
        tx.dsl()
            .select(
                max(oldest.field(EVENTS.POSITION)),
                min(oldest.field(EVENTS.AT)),
                field(count().ge(limit)))
            .from(oldest)
            .fetchSingle();
    var last = read.value1();
    int removed =
        tx.dsl()
            .deleteFrom(EVENTS)
            .where(
                EVENTS.WORKSPACE_ID.eq(workspace),
                EVENTS.POSITION.gt(after),
                EVENTS.POSITION.le(last),
                EVENTS.AT.lt(before),
                EVENTS.STREAM_ID.notIn(OpenRuns.unfinished(workspace)))
            .execute();
    boolean more = read.value3() && read.value2().isBefore(before);
    return new RemovedRows(removed, more ? String.valueOf(last) : null);
  }
}

package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.EVENTS;
import static dev.keywheel.db.schema.Tables.EVENT_STREAMS;
import static org.jooq.impl.DSL.max;

import dev.keywheel.db.Tx;
import dev.keywheel.retention.RemovedRows;
import java.time.Instant;
import java.util.Collection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Removes old lines. The streams stay, so that their pages can show that lines were removed. */
public final class LogRetention {
  private LogRetention() {}

  /** Removes streams that have no lines left. */
  public static void removeStreams(Tx tx, Collection<UUID> ids) {
    tx.dsl().deleteFrom(EVENT_STREAMS).where(EVENT_STREAMS.ID.in(ids)).execute();
  }

  /**
   * Scans the oldest lines by position, which is their order in time to within seconds: a batch
   * that is not full has reached the lines to keep. They are deleted as a range of an index: a join
   * with the lines that were found compares each with each while the planner takes the table for
   * empty, as it does from a vacuum of the empty table until the next one.
   */
  public static RemovedRows remove(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    var oldest =
        tx.dsl()
            .select(EVENTS.POSITION)
            .from(EVENTS)
            .where(EVENTS.WORKSPACE_ID.eq(workspace))
            .orderBy(EVENTS.POSITION)
            .limit(limit)
            .asTable("oldest");
    var last = tx.dsl().select(max(oldest.field(EVENTS.POSITION))).from(oldest).fetchSingle();
    int removed =
        tx.dsl()
            .deleteFrom(EVENTS)
            .where(
                EVENTS.WORKSPACE_ID.eq(workspace),
                EVENTS.POSITION.le(last.value1()),
                EVENTS.AT.lt(before))
            .execute();
    return RemovedRows.oldest(removed, limit);
  }
}

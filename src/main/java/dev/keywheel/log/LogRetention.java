package dev.keywheel.log;

import static dev.keywheel.db.schema.Tables.EVENT_STREAMS;
import static org.jooq.impl.DSL.val;

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
   * that is not full has reached the lines to keep.
   */
  public static RemovedRows remove(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    int removed =
        tx.dsl()
            .execute(
                """
                with oldest as materialized (
                  select stream_id, seq, at from events where workspace_id = {0}
                   order by position, stream_id, seq limit {2})
                delete from events e using oldest o
                 where e.stream_id = o.stream_id and e.seq = o.seq and o.at < {1}
                """,
                val(workspace), val(before), val(limit));
    return RemovedRows.oldest(removed, limit);
  }
}

package dev.keywheel.run;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.retention.RemovedRows;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Removes raw replies; the attempts they came with stay. */
public final class RawReplyRetention {
  private RawReplyRetention() {}

  public static RemovedRows remove(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    int removed =
        tx.dsl()
            .execute(
                """
                update attempts set raw = null where id in (
                  select a.id from attempts a join runs r on r.id = a.run_id
                   where r.workspace_id = {0} and a.raw is not null and a.sent_at < {1}
                   order by a.sent_at limit {2})
                """,
                val(workspace), val(before), val(limit));
    return RemovedRows.oldest(removed, limit);
  }
}

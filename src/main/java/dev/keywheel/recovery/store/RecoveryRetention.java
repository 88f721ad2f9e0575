package dev.keywheel.recovery.store;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.log.LogRetention;
import dev.keywheel.retention.RemovedRows;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * Removes old batches and their log streams once their tests and log lines are removed. Other old
 * batches are skipped, so the cursor of a pass is the start time and id of the last batch read.
 */
public final class RecoveryRetention {
  private RecoveryRetention() {}

  public static RemovedRows remove(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    var after = cursor == null ? new String[] {Instant.EPOCH.toString()} : cursor.split(" ");
    var startedAfter = Instant.parse(after[0]);
    // The previous version stored no id: it has read all batches that started at this time.
    var idAfter = after.length == 1 ? new UUID(-1, -1) : UUID.fromString(after[1]);
    var old =
        tx.dsl()
            .fetch(
                """
                select id, started_at,
                       not exists (select from key_tests where recovery_id = r.id)
                       and not exists (select from events where stream_id = r.id) as unused
                  from recoveries r
                 where workspace_id = {0} and (started_at, id) > ({1}, {4})
                   and started_at < {2}
                   and state <> 'running' and ended_at < {2}
                 order by started_at, id limit {3}
                """,
                val(workspace), val(startedAfter), val(before), val(limit), val(idAfter));
    var unused = old.stream().filter(row -> row.get("unused", Boolean.class)).toList();
    var ids = unused.stream().map(row -> row.get("id", UUID.class)).toArray(UUID[]::new);
    tx.dsl().execute("delete from recoveries where id = any({0}::uuid[])", val(ids));
    LogRetention.removeStreams(tx, List.of(ids));
    return new RemovedRows(ids.length, old.size() < limit ? null : position(old.getLast()));
  }

  private static String position(Record row) {
    return row.get("started_at", Instant.class) + " " + row.get("id", UUID.class);
  }
}

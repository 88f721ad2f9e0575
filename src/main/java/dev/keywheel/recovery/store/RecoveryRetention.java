package dev.keywheel.recovery.store;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.log.LogRetention;
import dev.keywheel.retention.RemovedRows;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Removes old batches and their log streams once their tests and log lines are removed. Other old
 * batches are skipped, so the cursor of a pass is the start time of the last batch read. Whether a
 * batch has tests is looked up in the order of an index: if most tests belong to one batch, the
 * planner would otherwise expect to find a test of any batch early, and read all tests for each
 * batch.
 */
public final class RecoveryRetention {
  private RecoveryRetention() {}

  public static RemovedRows remove(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    // An earlier version stored an id after the time.
    var startedAfter = cursor == null ? Instant.EPOCH : Instant.parse(cursor.split(" ", 2)[0]);
    var old =
        tx.dsl()
            .fetch(
                """
                select id, started_at,
                       (select true from key_tests where recovery_id = any(array[r.id])
                         order by recovery_id, key_id limit 1) is null
                       and not exists (select from events where stream_id = r.id) as unused
                  from recoveries r
                 where workspace_id = {0} and started_at > {1}
                   and started_at < {2}
                   and state <> 'running' and ended_at < {2}
                 order by started_at fetch first ({3}) rows with ties
                """,
                val(workspace), val(startedAfter), val(before), val(limit));
    var unused = old.stream().filter(row -> row.get("unused", Boolean.class)).toList();
    var ids = unused.stream().map(row -> row.get("id", UUID.class)).toArray(UUID[]::new);
    tx.dsl().execute("delete from recoveries where id = any({0}::uuid[])", val(ids));
    LogRetention.removeStreams(tx, List.of(ids));
    return new RemovedRows(
        ids.length,
        old.size() < limit ? null : old.getLast().get("started_at", Instant.class).toString());
  }
}

package dev.keywheel.run;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Tx;
import dev.keywheel.retention.RemovedRows;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Raw replies of attempts: stored compressed, removed earlier than the attempts. */
public final class RawReplies {
  private RawReplies() {}

  /** Compresses a reply; returns null for an empty reply. */
  static byte @Nullable [] compress(byte[] raw) {
    if (raw.length == 0) {
      return null;
    }
    var packed = new ByteArrayOutputStream(raw.length / 4 + 64);
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(raw);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  /** Reverses {@link #compress}. */
  public static byte[] expand(byte[] packed) {
    try (var gzip = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return gzip.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Removes the old raw replies of a workspace but keeps their attempts. Each call continues after
   * the last row read, of whichever workspace, so that a pass reads the replies of other workspaces
   * only once. The query for the run of an attempt orders by id, so that the planner uses the index
   * of ids even while it assumes that the table of runs is empty.
   *
   * @param cursor time and id of the last attempt read, as {@code "time id"}; null at the beginning
   */
  public static RemovedRows remove(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    var after = cursor == null || cursor.isEmpty() ? "-infinity 0" : cursor;
    var read =
        tx.dsl()
            .fetch(
                """
                select id, sent_at || ' ' || id as next,
                       (select workspace_id from runs
                         where id = any(array[a.run_id]) order by id limit 1) = {0} as mine
                  from attempts a
                 where raw is not null and sent_at < {1}
                   and (sent_at, id) > ({2}::timestamptz, {3}::bigint)
                 order by sent_at, id limit {4}
                """,
                val(workspace),
                val(before),
                val(after.substring(0, after.lastIndexOf(' '))),
                val(after.substring(after.lastIndexOf(' ') + 1)),
                val(limit));
    var mine = read.stream().filter(row -> row.get("mine", Boolean.class));
    var ids = mine.map(row -> row.get("id", Long.class)).toArray(Long[]::new);
    tx.dsl().execute("update attempts set raw = null where id = any({0})", val(ids));
    boolean last = read.size() < limit;
    return new RemovedRows(ids.length, last ? null : read.getLast().get("next", String.class));
  }
}

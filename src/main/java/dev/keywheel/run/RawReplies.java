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

  /** Null for an empty reply. */
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
   * Removes raw replies but keeps their attempts. The run of each is looked up in the index of ids,
   * by its order, also while the planner takes the table of runs for empty.
   */
  public static RemovedRows remove(
      Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit) {
    int removed =
        tx.dsl()
            .execute(
                """
                update attempts set raw = null where id = any(array(
                  select id from attempts a
                   where raw is not null and sent_at < {1}
                     and (select workspace_id from runs
                           where id = any(array[a.run_id]) order by id limit 1) = {0}
                   order by sent_at limit {2}))
                """,
                val(workspace), val(before), val(limit));
    return RemovedRows.oldest(removed, limit);
  }
}

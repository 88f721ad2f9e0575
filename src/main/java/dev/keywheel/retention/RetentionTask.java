package dev.keywheel.retention;

import dev.keywheel.db.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One kind of row that expires.
 *
 * @param kind the stored name
 * @param label plural name for users: {@code log lines}
 * @param days the retention period in days; 0 keeps the rows forever
 * @param interval time after a pass in which no other begins unless the retention period changes;
 *     zero if a pass reads little more than the rows that it removes
 */
public record RetentionTask(
    String kind,
    String label,
    ToIntFunction<RetentionSettings> days,
    Duration interval,
    Batch batch) {

  public RetentionTask(
      String kind, String label, ToIntFunction<RetentionSettings> days, Batch batch) {
    this(kind, label, days, Duration.ZERO, batch);
  }

  @FunctionalInterface
  public interface Batch {
    /**
     * Removes one batch of a workspace's rows.
     *
     * @param before rows from this time on are kept
     * @param cursor {@link RemovedRows#next} of the previous batch; null for the first one of a
     *     pass
     * @param limit maximum number of rows removed, and of rows scanned
     */
    RemovedRows remove(Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit);
  }
}

package dev.keywheel.retention;

import dev.keywheel.db.Tx;
import java.time.Instant;
import java.util.UUID;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One kind of rows that are not kept for ever.
 *
 * @param kind as it is stored
 * @param label for people, in the plural: {@code log lines}
 * @param days after how many they are removed
 */
public record RetentionTask(
    String kind, String label, ToIntFunction<RetentionSettings> days, Part part) {

  /** Removes a bounded number of rows of a workspace. */
  @FunctionalInterface
  public interface Part {
    /**
     * @param before rows from this moment on are kept
     * @param cursor {@link RemovedRows#next} of the part before; null for the first one of a pass
     * @param limit of the rows removed and of the rows looked at
     */
    RemovedRows remove(Tx tx, UUID workspace, Instant before, @Nullable String cursor, int limit);
  }
}

package dev.keywheel.retention;

import org.jspecify.annotations.Nullable;

/**
 * What one part of a pass did.
 *
 * @param count of the rows removed
 * @param next where the pass goes on; null when it is finished
 */
public record RemovedRows(int count, @Nullable String next) {

  /** For a pass that always begins at the oldest row: finished when a part was not full. */
  public static RemovedRows oldest(int count, int limit) {
    return new RemovedRows(count, count < limit ? null : "");
  }
}

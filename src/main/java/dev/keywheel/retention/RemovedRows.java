package dev.keywheel.retention;

import org.jspecify.annotations.Nullable;

/**
 * The result of one batch.
 *
 * @param next cursor for the next batch; null when the pass is finished
 */
public record RemovedRows(int count, @Nullable String next) {

  /** The result of a task that starts at the oldest row: finished when a batch was not full. */
  public static RemovedRows oldest(int count, int limit) {
    return new RemovedRows(count, count < limit ? null : "");
  }
}

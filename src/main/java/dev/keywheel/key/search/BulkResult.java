package dev.keywheel.key.search;

import java.util.List;

/**
 * Result of a change of several keys.
 *
 * @param changed keys that the change modified
 * @param same keys that already had the wanted value
 * @param gone keys that were deleted since they were selected
 * @param by users who deleted those; empty for purged keys
 * @param begun whether a job applies the change in parts: {@code changed} is then the number of
 *     keys to change
 */
public record BulkResult(int changed, int same, int gone, List<String> by, boolean begun) {
  public BulkResult(int changed) {
    this(changed, 0, 0, List.of(), false);
  }
}

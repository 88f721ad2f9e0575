package dev.keywheel.key.search;

import java.util.List;

/**
 * The result of a change of several keys.
 *
 * @param changed the number of keys that the change modified
 * @param unchanged the number of keys that already had the wanted value
 * @param deleted the number of keys that were deleted since they were selected
 * @param deletedBy the email addresses of the users who deleted these keys; empty for purged keys
 * @param queued whether a job applies the change in parts: {@code changed} is then the number of
 *     keys to change
 */
public record BulkResult(
    int changed, int unchanged, int deleted, List<String> deletedBy, boolean queued) {
  public BulkResult(int changed) {
    this(changed, 0, 0, List.of(), false);
  }
}

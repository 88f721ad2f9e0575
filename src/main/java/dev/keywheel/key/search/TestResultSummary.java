package dev.keywheel.key.search;

import java.time.Instant;

/**
 * The keys with one result in a batch, and how many have changed since then.
 *
 * @param began when the batch began
 * @param keys the number of keys with the result, except purged keys; at most {@link
 *     KeyPageQuery#MAX_COUNTED}
 * @param changed how many of them have another status now, or were deleted
 */
public record TestResultSummary(Instant began, int keys, int changed) {}

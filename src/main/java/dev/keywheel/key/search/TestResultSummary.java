package dev.keywheel.key.search;

import java.time.Instant;

/**
 * The keys behind one result of a batch, and how far that still holds.
 *
 * @param began when the batch began
 * @param keys how many had the result
 * @param changed how many of them have another status by now, or were deleted
 */
public record TestResultSummary(Instant began, int keys, int changed) {}

package dev.keywheel.retention;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was removed of one kind.
 *
 * @param removed rows since the beginning
 * @param keptSince everything older is gone; null before the first pass was finished
 * @param finishedAt when the last pass was finished
 */
public record RetentionReport(
    String label, long removed, @Nullable Instant keptSince, @Nullable Instant finishedAt) {}

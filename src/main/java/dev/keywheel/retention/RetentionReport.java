package dev.keywheel.retention;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The result of one retention task.
 *
 * @param removed total number of rows
 * @param keptSince everything older is removed; null before the first complete pass
 */
public record RetentionReport(String label, long removed, @Nullable Instant keptSince) {}

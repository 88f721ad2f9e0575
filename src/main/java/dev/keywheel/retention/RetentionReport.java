package dev.keywheel.retention;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The result of one retention task.
 *
 * @param removed total number of removed rows
 * @param keptSince the last complete pass removed the rows older than this, except those kept
 *     regardless of their age; null before the first such pass
 */
public record RetentionReport(String label, long removed, @Nullable Instant keptSince) {}

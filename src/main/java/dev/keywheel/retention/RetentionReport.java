package dev.keywheel.retention;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The result of one retention task.
 *
 * @param removed total number of rows
 * @param keptSince the last complete pass removed what is older, except what is kept regardless of
 *     its age; null before the first
 */
public record RetentionReport(String label, long removed, @Nullable Instant keptSince) {}

package dev.keywheel.log;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A stored line. {@code seq} numbers the lines of its stream from 1 without gaps. */
public record LogEntry(
    UUID streamId,
    long seq,
    Instant at,
    Level level,
    String code,
    String message,
    @Nullable Integer ordinal) {}

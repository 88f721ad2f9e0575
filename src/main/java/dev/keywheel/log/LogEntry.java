package dev.keywheel.log;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A stored line. {@code seq} numbers the lines of its stream from 1 without gaps. */
public record LogEntry(
    UUID streamId,
    StreamKind kind,
    long seq,
    Instant at,
    Level level,
    String code,
    String message,
    @Nullable Integer ordinal,
    @Nullable UUID keyId,
    Map<String, Object> data) {}

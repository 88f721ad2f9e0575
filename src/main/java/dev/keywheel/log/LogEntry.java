package dev.keywheel.log;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A line as it stands in the log. {@code seq} counts 1..n in its stream without a gap. */
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

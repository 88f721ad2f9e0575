package dev.keywheel.article.view;

import dev.keywheel.run.RunState;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;

public record RunUsage(
    UUID id,
    long number,
    String topic,
    String provider,
    RunState state,
    Instant createdAt,
    long calls,
    long tokens,
    BigDecimal cost) {}

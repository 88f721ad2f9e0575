package dev.keywheel.article.view;

import dev.keywheel.run.RunState;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;

/**
 * A run with its usage, for the list of the most expensive runs.
 *
 * @param cost in US dollars, as far as the provider reported it
 */
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

package dev.keywheel.article.view;

import dev.keywheel.run.RunState;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A line of the list of runs.
 *
 * @param done operations that ended with something for the page
 * @param of how many operations it is for: eight, or the one of a part
 */
public record RunRow(
    UUID id,
    long number,
    UUID articleId,
    String topic,
    String provider,
    RunState state,
    @Nullable String reason,
    @Nullable Instant waitUntil,
    int done,
    int of,
    int calls,
    BigDecimal cost,
    boolean demo,
    String startedBy,
    Instant createdAt,
    @Nullable Instant endedAt) {}

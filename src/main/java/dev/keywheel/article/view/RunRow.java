package dev.keywheel.article.view;

import dev.keywheel.run.RunState;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A line of the list of runs.
 *
 * @param done number of operations with a result for the page
 * @param operations number of operations of the run: eight, or one for a single part
 */
public record RunRow(
    UUID id,
    long number,
    String topic,
    String provider,
    RunState state,
    @Nullable String reason,
    int done,
    int operations,
    int calls,
    boolean demo,
    String startedBy,
    Instant createdAt) {}

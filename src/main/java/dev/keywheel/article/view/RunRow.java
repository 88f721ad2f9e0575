package dev.keywheel.article.view;

import dev.keywheel.run.RunState;
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
    int done,
    int of,
    int calls,
    boolean demo,
    String startedBy,
    Instant createdAt) {}

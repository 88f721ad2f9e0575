package dev.keywheel.recovery.store;

import dev.keywheel.key.state.PoolId;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A batch as the history shows it.
 *
 * @param askedBy an e-mail or a part of Keywheel; null for a due check
 * @param runId the run that requested it, if any
 * @param slowestMs the slowest single answer; null before the first
 * @param reason why it is inconclusive or cancelled; null otherwise
 */
public record Batch(
    UUID id,
    PoolId pool,
    Trigger trigger,
    @Nullable String askedBy,
    @Nullable UUID runId,
    BatchState state,
    Instant startedAt,
    @Nullable Instant endedAt,
    BatchCounts tally,
    @Nullable Integer slowestMs,
    @Nullable String reason) {

  public boolean running() {
    return state == BatchState.RUNNING;
  }

  /** From its beginning to its end, or to {@code now}. */
  public Duration took(Instant now) {
    return Duration.between(startedAt, endedAt == null ? now : endedAt);
  }
}

package dev.keywheel.recovery.store;

import dev.keywheel.key.state.PoolId;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A batch as the history shows it.
 *
 * @param askedBy email address of a user, or name of a part of Keywheel; null when too few keys are
 *     active, and for a due check that no request waits for, until a user also requests tests
 * @param runId the run that requested it; null if none did
 * @param slowestMs latency of the slowest answer; null before the first answer
 * @param reason why the batch is inconclusive or cancelled; null otherwise
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
    BatchCounts counts,
    @Nullable Integer slowestMs,
    @Nullable String reason) {

  public boolean running() {
    return state == BatchState.RUNNING;
  }

  /** Time from the start of the batch to its end, or to {@code now} while it runs. */
  public Duration took(Instant now) {
    return Duration.between(startedAt, endedAt == null ? now : endedAt);
  }
}

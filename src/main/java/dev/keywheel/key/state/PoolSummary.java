package dev.keywheel.key.state;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A pool with its counts and its next check.
 *
 * @param trashed how many of its keys are in the trash; {@code counts} leaves them out
 * @param nextCheck when the next check of one of its keys is due; null when no check is planned
 */
public record PoolSummary(
    PoolState state, PoolCounts counts, int trashed, @Nullable Instant nextCheck) {

  public String provider() {
    return state.id().provider();
  }
}

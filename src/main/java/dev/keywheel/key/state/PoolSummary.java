package dev.keywheel.key.state;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A pool at a glance.
 *
 * @param nextCheck when the next of its keys is checked again; null if none is to be
 */
public record PoolSummary(PoolState state, PoolCounts counts, @Nullable Instant nextCheck) {

  public String provider() {
    return state.id().provider();
  }
}

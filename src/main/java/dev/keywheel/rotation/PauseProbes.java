package dev.keywheel.rotation;

import dev.keywheel.key.state.PoolId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The pauses of pools that this node began because a provider failed. During such a pause one
 * request at a time is tried, so that the pause ends soon after the outage: a pause is often much
 * longer than the outage that caused it. A pause for another reason has no probes.
 */
public final class PauseProbes {
  /** Time between two probes of a pool. */
  static final Duration EVERY = Duration.ofSeconds(2);

  /** The database rounds times to microseconds. */
  private static final Duration ROUNDED = Duration.ofMillis(1);

  private record Pause(Instant since, Instant until, Instant nextProbe) {}

  private final Map<PoolId, Pause> pauses = new ConcurrentHashMap<>();

  void begun(PoolId pool, Instant since, Instant until) {
    pauses.put(pool, new Pause(since, until.plus(ROUNDED), since.plus(EVERY)));
  }

  /**
   * Whether a request may be tried although the pool is paused; true for one request every 2 s.
   *
   * @param until the end of the pool's pause, which another node may have made longer
   */
  public boolean take(PoolId pool, Instant until, Instant now) {
    var pause = pauses.get(pool);
    return pause != null
        && !until.isAfter(pause.until())
        && !now.isBefore(pause.nextProbe())
        && pauses.replace(pool, pause, new Pause(pause.since(), pause.until(), now.plus(EVERY)));
  }

  /** Returns the end of the pause that an answer ends, once; empty for an earlier request. */
  Optional<Instant> answered(PoolId pool, Instant sent) {
    var pause = pauses.get(pool);
    return pause != null && !sent.isBefore(pause.since()) && pauses.remove(pool, pause)
        ? Optional.of(pause.until())
        : Optional.empty();
  }
}

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

  /** Minimum time after which a client is told to repeat a request. */
  private static final Duration LEAST_WAIT = Duration.ofSeconds(5);

  /**
   * @param outage when the first pause since the last answer began
   */
  private record Pause(Instant outage, Instant since, Instant until, Instant nextProbe) {}

  private final Map<PoolId, Pause> pauses = new ConcurrentHashMap<>();

  /**
   * @param until the end of the pause as it is stored
   */
  void begun(PoolId pool, Instant since, Instant until) {
    pauses.compute(
        pool,
        (_, before) ->
            new Pause(before == null ? since : before.outage(), since, until, since.plus(EVERY)));
  }

  void end(PoolId pool) {
    pauses.remove(pool);
  }

  /**
   * Whether a request may be tried although the pool is paused. If it is sent, call {@link #sent}:
   * the next one may be tried 2 s later.
   *
   * @param until the end of the pool's pause, which may be another pause than that of this node
   */
  public boolean isDue(PoolId pool, Instant until, Instant now) {
    var pause = pauses.get(pool);
    return pause != null && until.equals(pause.until()) && !now.isBefore(pause.nextProbe());
  }

  public void sent(PoolId pool, Instant now) {
    pauses.computeIfPresent(
        pool,
        (_, pause) -> new Pause(pause.outage(), pause.since(), pause.until(), now.plus(EVERY)));
  }

  /**
   * When a refused client should repeat its request: the end of the pause, or earlier if probes may
   * end it. Clients of the official libraries repeat twice, so that neither the shortest wait nor
   * the whole pause suits them: an outage that has lasted some time probably lasts as long again.
   *
   * @param until the end of the pool's pause
   */
  public Instant retryAt(PoolId pool, Instant until, Instant now) {
    var pause = pauses.get(pool);
    if (pause == null || !until.equals(pause.until())) {
      return until;
    }
    Duration lasted = Duration.between(pause.outage(), now);
    Instant retry = now.plus(lasted.compareTo(LEAST_WAIT) < 0 ? LEAST_WAIT : lasted);
    return retry.isBefore(until) ? retry : until;
  }

  /** Returns the end of the pause that an answer ends, once; empty for an earlier request. */
  Optional<Instant> answered(PoolId pool, Instant sent) {
    var pause = pauses.get(pool);
    while (pause != null && !sent.isBefore(pause.since())) {
      if (pauses.remove(pool, pause)) {
        return Optional.of(pause.until());
      }
      pause = pauses.get(pool);
    }
    return Optional.empty();
  }
}

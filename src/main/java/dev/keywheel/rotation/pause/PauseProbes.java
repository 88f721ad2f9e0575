package dev.keywheel.rotation.pause;

import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.provider.CallOutcome.AddressBlocked;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides which requests and key checks this node tries while a pool is paused because its provider
 * fails, whichever node began the pause. One request at a time is tried, so that the pause ends
 * soon after the outage: a pause is often much longer than the outage that caused it. While there
 * are no requests, keys are checked instead. If the provider refuses every key or blocks the
 * address, keys are only checked, after growing waits. Each node tries for itself, because each has
 * its own connection to the provider, and the node that began the pause may have stopped.
 */
public final class PauseProbes {
  /** Time between two probes of a pool. */
  static final Duration PROBE_INTERVAL = Duration.ofSeconds(2);

  /** Time between two checks, and between a probe and a check. */
  static final Duration CHECK_INTERVAL = Duration.ofSeconds(5);

  /**
   * Time from the start of a block of this address to the first check. An earlier check might
   * prolong the block.
   */
  static final Duration BLOCKED_INTERVAL = AddressBlocked.MIN_PAUSE;

  /** Minimum time after which a client is told to repeat a request. */
  private static final Duration MIN_WAIT = Duration.ofSeconds(5);

  private record Pause(PauseCause cause, Outage outage, Instant nextProbe, Instant nextCheck) {

    Pause probed(Instant now) {
      Instant check = now.plus(CHECK_INTERVAL);
      return next(now.plus(PROBE_INTERVAL), check.isAfter(nextCheck) ? check : nextCheck);
    }

    Pause checked(Instant now) {
      Duration wait =
          cause == PauseCause.PROVIDER_FAILS
              ? CHECK_INTERVAL
              : outage.lasted(checkInterval(cause), now);
      return next(nextProbe, now.plus(wait));
    }

    private Pause next(Instant probe, Instant check) {
      return new Pause(cause, outage, probe, check);
    }

    Pause endedByCheck(Instant now) {
      return new Pause(cause, outage.endedByCheck(now), nextProbe, nextCheck);
    }

    Pause blocked(Instant now) {
      Instant check = now.plus(BLOCKED_INTERVAL);
      return new Pause(PauseCause.ADDRESS_BLOCKED, outage, nextProbe, check);
    }

    boolean isOf(Instant until) {
      return outage.until().equals(until);
    }

    boolean isOlderThan(Instant sent) {
      return !sent.isBefore(outage.since());
    }

    boolean isProbeDue(Instant now) {
      return cause == PauseCause.PROVIDER_FAILS && !now.isBefore(nextProbe);
    }

    boolean isCheckDue(Instant now) {
      return cause.mayEndEarly() && outage.isPaused(now) && !now.isBefore(nextCheck);
    }
  }

  private final Map<PoolId, Pause> pauses = new ConcurrentHashMap<>();

  /**
   * Records that this node found a stored pause, which any node may have begun. Has no effect if
   * the pause is known or may not end early.
   *
   * <p>The first check waits as long as the outage has lasted if checks do not show whether the
   * provider answers calls: if calls failed again after a check had ended a pause, or if the checks
   * are refused too.
   */
  public void recordPause(PoolId pool, PoolPause pause, Instant now) {
    if (pause.cause().mayEndEarly()) {
      pauses.compute(
          pool,
          (_, known) ->
              known != null
                      && known.isOf(pause.until())
                      && known.isOlderThan(now) // the clock may have been set back
                  ? known
                  : begun(pause, known, now));
    }
  }

  private static Pause begun(PoolPause pause, @Nullable Pause before, Instant now) {
    var outage = Outage.paused(before == null ? null : before.outage(), now, pause.until());
    Duration least = checkInterval(pause.cause());
    boolean growing = pause.cause() != PauseCause.PROVIDER_FAILS || outage.failedAfterCheck();
    Duration wait = growing ? outage.lasted(least, now) : least;
    return new Pause(pause.cause(), outage, now.plus(PROBE_INTERVAL), now.plus(wait));
  }

  private static Duration checkInterval(PauseCause cause) {
    return cause == PauseCause.ADDRESS_BLOCKED ? BLOCKED_INTERVAL : CHECK_INTERVAL;
  }

  /**
   * Updates this node's pause of the pool from the stored one. Returns whether it is still the same
   * pause; false if another node has ended it, or if a longer one that may not end early has
   * replaced it. Records a stored pause that this node did not know, as {@link #recordPause} does.
   */
  public boolean reconcile(PoolId pool, Optional<PoolPause> stored, Instant now) {
    stored.ifPresent(pause -> recordPause(pool, pause, now));
    var known = pauses.get(pool);
    boolean same = known != null && stored.filter(pause -> known.isOf(pause.until())).isPresent();
    if (!same) {
      pauses.computeIfPresent(pool, (_, pause) -> pause == known ? pause.endedByCheck(now) : pause);
    }
    return same;
  }

  /**
   * Records that the provider blocks this node's address: the node sends no more requests during
   * the pause, and checks no key for a minute.
   */
  public void recordAddressBlock(PoolId pool, Instant now) {
    pauses.computeIfPresent(pool, (_, pause) -> pause.blocked(now));
  }

  /**
   * Whether a request may be tried although the pool is paused. If it is sent, call {@link
   * #recordProbe}: the next one may be tried 2 s later.
   *
   * @param until the end of the pool's pause
   */
  public boolean isDue(PoolId pool, Instant until, Instant now) {
    var pause = pauses.get(pool);
    return pause != null && pause.isOf(until) && pause.isProbeDue(now);
  }

  /** Records that a request was sent as a probe. */
  public void recordProbe(PoolId pool, Instant now) {
    pauses.computeIfPresent(pool, (_, pause) -> pause.probed(now));
  }

  /** Returns the pools of which a key must be checked now, and schedules their next checks. */
  public List<PoolId> takeDueChecks(Instant now) {
    var due =
        pauses.entrySet().stream()
            .filter(entry -> entry.getValue().isCheckDue(now))
            .map(Map.Entry::getKey)
            .toList();
    for (PoolId pool : due) {
      pauses.computeIfPresent(pool, (_, pause) -> pause.checked(now));
    }
    return due;
  }

  /**
   * The end of a pause that began before {@code sent} and that no check has ended; empty without
   * one.
   */
  public Optional<Instant> find(PoolId pool, Instant sent) {
    return Optional.ofNullable(pauses.get(pool))
        .filter(pause -> !pause.outage().endedByCheck() && pause.isOlderThan(sent))
        .map(pause -> pause.outage().until());
  }

  /**
   * Records that an accepted check has ended the pause.
   *
   * @param now after {@code until} if the pause ended before the check did; it then counts as ended
   *     by itself
   */
  public void recordEndByCheck(PoolId pool, Instant until, Instant now) {
    pauses.computeIfPresent(
        pool, (_, pause) -> pause.isOf(until) ? pause.endedByCheck(now) : pause);
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
    if (pause == null || !pause.isOf(until) || !pause.cause().mayEndEarly()) {
      return until;
    }
    Duration least = pause.cause() == PauseCause.ADDRESS_BLOCKED ? BLOCKED_INTERVAL : MIN_WAIT;
    Instant retry = now.plus(pause.outage().lasted(least, now));
    return retry.isBefore(until) ? retry : until;
  }

  /** Forgets a pause that is over when a call that was sent since its start is answered. */
  public void forgetIfOver(PoolId pool, Instant sent, Instant now) {
    pauses.computeIfPresent(
        pool,
        (_, pause) -> !pause.outage().isPaused(now) && pause.isOlderThan(sent) ? null : pause);
  }

  /**
   * Ends the pause in which an answered request was sent, and returns its planned end. Empty if the
   * request was sent before the pause, or the pause has already ended.
   */
  public Optional<Instant> endByAnswer(PoolId pool, Instant sent) {
    var pause = pauses.get(pool);
    while (pause != null && pause.isOlderThan(sent)) {
      if (pauses.remove(pool, pause)) {
        return Optional.of(pause.outage().until());
      }
      pause = pauses.get(pool);
    }
    return Optional.empty();
  }
}

package dev.keywheel.rotation;

import dev.keywheel.key.state.PoolId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The pauses of pools that this node began because a provider failed. During such a pause one
 * request at a time is tried, so that the pause ends soon after the outage: a pause is often much
 * longer than the outage that caused it. While there are no requests, keys are checked instead. If
 * the provider refuses every key, keys are only checked. Other pauses have neither probes nor
 * checks.
 */
public final class PauseProbes {
  /** Time between two probes of a pool. */
  static final Duration EVERY = Duration.ofSeconds(2);

  /** Time between two checks, and between a probe and a check. */
  static final Duration CHECK_EVERY = Duration.ofSeconds(5);

  /** Minimum time after which a client is told to repeat a request. */
  private static final Duration LEAST_WAIT = Duration.ofSeconds(5);

  /** What may end a pause before its time. */
  private enum Kind {
    /** Calls failed: requests are tried, and keys are checked while there are none. */
    CALLS_FAILED,

    /** The provider refuses every key: keys are checked after growing waits. */
    KEYS_REFUSED
  }

  /**
   * @param began the begin of its first pause
   * @param inVain whether calls failed again after a check had ended a pause
   */
  private record Outage(Instant began, boolean inVain) {
    /** How long the outage has lasted, at least {@code least}. */
    Duration lasted(Duration least, Instant now) {
      Duration lasted = Duration.between(began, now);
      return lasted.compareTo(least) < 0 ? least : lasted;
    }
  }

  /**
   * @param until the end of the pause as it was stored at its begin
   * @param end when a check ended the pause; otherwise {@code until}
   */
  private record Pause(
      Kind kind,
      Outage outage,
      Instant since,
      Instant until,
      Instant end,
      Instant nextProbe,
      Instant nextCheck) {

    Pause probed(Instant now) {
      Instant check = now.plus(CHECK_EVERY);
      return next(now.plus(EVERY), check.isAfter(nextCheck) ? check : nextCheck);
    }

    Pause checked(Instant now) {
      boolean growing = kind == Kind.KEYS_REFUSED;
      return next(nextProbe, now.plus(growing ? outage.lasted(CHECK_EVERY, now) : CHECK_EVERY));
    }

    private Pause next(Instant probe, Instant check) {
      return new Pause(kind, outage, since, until, end, probe, check);
    }

    Pause endedAt(Instant now) {
      return new Pause(kind, outage, since, until, now, nextProbe, nextCheck);
    }

    boolean endedByCheck() {
      return end.isBefore(until);
    }

    boolean isOver(Instant now) {
      return !now.isBefore(end);
    }

    boolean isProbeDue(Instant now) {
      return kind == Kind.CALLS_FAILED && !now.isBefore(nextProbe);
    }

    boolean isCheckDue(Instant now) {
      return !isOver(now) && !now.isBefore(nextCheck);
    }
  }

  private final Map<PoolId, Pause> pauses = new ConcurrentHashMap<>();

  /**
   * Records a pause because calls failed.
   *
   * @param until the end of the pause as it is stored
   */
  void begun(PoolId pool, Instant since, Instant until) {
    begun(pool, Kind.CALLS_FAILED, since, until);
  }

  /** Records a pause because the provider refuses every key. */
  void begunByRefusals(PoolId pool, Instant since, Instant until) {
    begun(pool, Kind.KEYS_REFUSED, since, until);
  }

  /**
   * The first check waits as long as the outage has lasted if checks do not show whether the
   * provider answers calls: if calls failed again after a check had ended a pause, or if the checks
   * are refused too.
   */
  private void begun(PoolId pool, Kind kind, Instant since, Instant until) {
    pauses.compute(
        pool,
        (_, before) -> {
          var outage = outage(before, since);
          boolean growing = kind == Kind.KEYS_REFUSED || outage.inVain();
          Duration wait = growing ? outage.lasted(CHECK_EVERY, since) : CHECK_EVERY;
          return new Pause(kind, outage, since, until, until, since.plus(EVERY), since.plus(wait));
        });
  }

  private static Outage outage(@Nullable Pause before, Instant since) {
    if (before == null || before.end().plus(OutageDetector.TOGETHER).isBefore(since)) {
      return new Outage(since, false);
    }
    var outage = before.outage();
    return new Outage(outage.began(), outage.inVain() || before.endedByCheck());
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
    return pause != null && until.equals(pause.until()) && pause.isProbeDue(now);
  }

  public void sent(PoolId pool, Instant now) {
    pauses.computeIfPresent(pool, (_, pause) -> pause.probed(now));
  }

  /** The pools of which a key is to be checked now. The next check is due later. */
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

  /** The end of a pause that began before {@code sent} and is not over; empty without one. */
  Optional<Instant> find(PoolId pool, Instant sent) {
    return Optional.ofNullable(pauses.get(pool))
        .filter(pause -> !pause.endedByCheck() && !sent.isBefore(pause.since()))
        .map(Pause::until);
  }

  /**
   * Records that an accepted check has ended the pause.
   *
   * @param now after {@code until} if the pause ended before the check did; it then counts as ended
   *     by itself
   */
  void endedByCheck(PoolId pool, Instant until, Instant now) {
    pauses.computeIfPresent(
        pool, (_, pause) -> pause.until().equals(until) ? pause.endedAt(now) : pause);
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
    Instant retry = now.plus(pause.outage().lasted(LEAST_WAIT, now));
    return retry.isBefore(until) ? retry : until;
  }

  /** Forgets a pause that is over when a call that was sent since its begin is answered. */
  void succeeded(PoolId pool, Instant sent, Instant now) {
    pauses.computeIfPresent(
        pool, (_, pause) -> pause.isOver(now) && !sent.isBefore(pause.since()) ? null : pause);
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

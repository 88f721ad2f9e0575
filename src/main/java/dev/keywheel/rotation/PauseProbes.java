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

  /**
   * @param outage when the first pause since the last answer began
   * @param over whether a check has ended the pause
   * @param keysRefused whether the provider refuses every key
   * @param inVain whether calls failed again after a check had ended an earlier pause of the outage
   */
  private record Pause(
      Instant outage,
      Instant since,
      Instant until,
      Instant nextProbe,
      Instant nextCheck,
      boolean over,
      boolean keysRefused,
      boolean inVain) {

    Pause next(Instant probe, Instant check) {
      return new Pause(outage, since, until, probe, check, over, keysRefused, inVain);
    }

    Pause end() {
      return new Pause(outage, since, until, nextProbe, nextCheck, true, keysRefused, inVain);
    }

    Pause probed(Instant now) {
      Instant check = now.plus(CHECK_EVERY);
      return next(now.plus(EVERY), check.isAfter(nextCheck) ? check : nextCheck);
    }

    Pause checked(Instant now) {
      var wait = keysRefused ? lasted(CHECK_EVERY, now) : CHECK_EVERY;
      return next(nextProbe, now.plus(wait));
    }

    /** How long the outage has lasted, at least {@code least}. */
    Duration lasted(Duration least, Instant now) {
      Duration lasted = Duration.between(outage, now);
      return lasted.compareTo(least) < 0 ? least : lasted;
    }

    boolean isOver(Instant now) {
      return over || !now.isBefore(until);
    }

    boolean isCheckDue(Instant now) {
      return !isOver(now) && !now.isBefore(nextCheck);
    }
  }

  private final Map<PoolId, Pause> pauses = new ConcurrentHashMap<>();

  /**
   * If calls failed again after a check had ended the pause, the next check waits as long as the
   * outage has lasted: the provider accepts keys although it cannot answer calls.
   *
   * @param until the end of the pause as it is stored
   */
  void begun(PoolId pool, Instant since, Instant until) {
    pauses.compute(
        pool,
        (_, before) -> {
          Instant outage = before == null ? since : before.outage();
          boolean inVain = isInVain(before);
          Duration wait = inVain ? before.lasted(CHECK_EVERY, since) : CHECK_EVERY;
          Instant probe = since.plus(EVERY);
          return new Pause(outage, since, until, probe, since.plus(wait), false, false, inVain);
        });
  }

  /**
   * Records a pause because the provider refuses every key. Their checks are refused too, so each
   * waits as long as the outage has lasted.
   */
  void begunByRefusals(PoolId pool, Instant since, Instant until) {
    pauses.compute(
        pool,
        (_, before) -> {
          Instant outage = before == null ? since : before.outage();
          boolean inVain = isInVain(before);
          Instant never = Instant.MAX;
          var pause = new Pause(outage, since, until, never, never, false, true, inVain);
          return pause.checked(since);
        });
  }

  private static boolean isInVain(@Nullable Pause before) {
    return before != null && (before.over() || before.inVain());
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
        .filter(pause -> !pause.over() && !sent.isBefore(pause.since()))
        .map(Pause::until);
  }

  /** Records that an accepted check has ended the pause. */
  void endedByCheck(PoolId pool, Instant until) {
    pauses.computeIfPresent(pool, (_, pause) -> pause.until().equals(until) ? pause.end() : pause);
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
    Instant retry = now.plus(pause.lasted(LEAST_WAIT, now));
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

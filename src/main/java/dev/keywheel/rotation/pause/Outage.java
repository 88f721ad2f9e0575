package dev.keywheel.rotation.pause;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An outage of a provider: the pauses of a pool that follow one another. Each pause is twice as
 * long as the one before, but at most ten minutes. The failures after a pause continue its outage
 * for a few minutes; later ones begin a new outage.
 *
 * @param began the start of the first pause
 * @param pauses the number of pauses, including the last one
 * @param since the start of the last pause
 * @param until the planned end of the last pause
 * @param end the end of the last pause: {@code until}, or when a check ended it
 * @param failedAfterCheck whether calls failed again after a check had ended a pause
 */
record Outage(
    Instant began,
    int pauses,
    Instant since,
    Instant until,
    Instant end,
    boolean failedAfterCheck) {

  /** Maximum time between the end of a pause and the failure that continues its outage. */
  static final Duration MAX_GAP = Duration.ofMinutes(5);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(30);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  /** The outage with a further pause, or a new outage if {@code before} does not continue. */
  static Outage paused(@Nullable Outage before, Instant since, Instant until) {
    return before == null || !before.continues(since)
        ? new Outage(since, 1, since, until, until, false)
        : new Outage(
            before.began,
            before.pauses + 1,
            since,
            until,
            until,
            before.failedAfterCheck || before.endedByCheck());
  }

  /** The length of the pause that failures require now. */
  static Duration nextPause(@Nullable Outage before, Instant now) {
    int pauses = before == null || !before.continues(now) ? 0 : before.pauses;
    Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(pauses, 5));
    return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
  }

  /**
   * Whether a failure now continues this outage: at most {@link #MAX_GAP} after its end and, in
   * case the clock was set back, at most that long before its last pause.
   */
  boolean continues(Instant now) {
    return !end.plus(MAX_GAP).isBefore(now) && !now.plus(MAX_GAP).isBefore(since);
  }

  /** A check that ends after the pause does not change the outage: the pause ended by itself. */
  Outage endedByCheck(Instant now) {
    return now.isBefore(end)
        ? new Outage(began, pauses, since, until, now, failedAfterCheck)
        : this;
  }

  boolean endedByCheck() {
    return end.isBefore(until);
  }

  boolean isPaused(Instant now) {
    return now.isBefore(end);
  }

  /** How long the outage has lasted, at least {@code least}. */
  Duration lasted(Duration least, Instant now) {
    Duration lasted = Duration.between(began, now);
    return lasted.compareTo(least) < 0 ? least : lasted;
  }
}

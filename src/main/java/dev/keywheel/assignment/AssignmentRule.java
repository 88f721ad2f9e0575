package dev.keywheel.assignment;

import java.time.Duration;
import java.time.Instant;

/**
 * Decides by the number of active keys that are not excluded whether a run can start, needs the
 * limited and failed keys tested first, or has to wait. Tests take time, so they run only below the
 * minimum; an assignment never starts them twice.
 */
public final class AssignmentRule {
  /** Maximum wait before the next try: users may add, enable and top up keys at any time. */
  private static final Duration MAX_WAIT = Duration.ofMinutes(5);

  /** Minimum wait, while keys due for a check are being checked. Doubles with each failed try. */
  private static final Duration MIN_WAIT = Duration.ofSeconds(2);

  private AssignmentRule() {}

  /**
   * @param active active keys that are not excluded
   * @param tested whether the limited and failed keys have been tested for this assignment
   */
  public static AssignmentDecision decide(int active, AssignmentSettings rule, boolean tested) {
    if (active >= rule.required()) {
      return new AssignmentDecision.Perfect(rule.required());
    }
    if (active >= rule.minimum()) {
      return new AssignmentDecision.Sufficient(active);
    }
    if (!tested) {
      return new AssignmentDecision.RecoveryNeeded(active);
    }
    return active > 0
        ? new AssignmentDecision.AfterRecovery(active)
        : new AssignmentDecision.None();
  }

  /**
   * The time of the next try: when the first limit of a key ends, but within five minutes. While
   * due keys are being checked, the wait is two seconds, doubled with each failed try.
   */
  static Instant nextTry(Instant now, Instant due, int triesBefore) {
    var backoff = MIN_WAIT.multipliedBy(1L << Math.min(triesBefore, 10));
    var soonest = now.plus(backoff.compareTo(MAX_WAIT) > 0 ? MAX_WAIT : backoff);
    var latest = now.plus(MAX_WAIT);
    if (due.isBefore(now.plus(MIN_WAIT))) {
      return soonest;
    }
    return due.isAfter(latest) ? latest : due;
  }
}

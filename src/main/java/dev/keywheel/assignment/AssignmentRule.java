package dev.keywheel.assignment;

import java.time.Duration;
import java.time.Instant;

/**
 * Decides by the number of active keys, those excluded left out, whether a run can start at once,
 * needs the limited and failed keys tested first, or has to wait. Testing is what costs time, so it
 * happens only below the minimum; a run never starts it twice.
 */
public final class AssignmentRule {
  /** The longest wait for a next try: people add, enable and top up keys at any time. */
  private static final Duration TRY_AGAIN = Duration.ofMinutes(5);

  /** The shortest: a key whose check is due now is being checked. Doubles while none is found. */
  private static final Duration SOON = Duration.ofSeconds(2);

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
   * When the first limit ends, but within five minutes. While the keys that are due already are
   * being checked: two seconds, doubled with each try that found none.
   */
  static Instant nextTry(Instant now, Instant due, int triesBefore) {
    var backoff = SOON.multipliedBy(1L << Math.min(triesBefore, 10));
    var soonest = now.plus(backoff.compareTo(TRY_AGAIN) > 0 ? TRY_AGAIN : backoff);
    var latest = now.plus(TRY_AGAIN);
    if (due.isBefore(now.plus(SOON))) {
      return soonest;
    }
    return due.isAfter(latest) ? latest : due;
  }
}

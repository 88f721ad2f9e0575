package dev.keywheel.assignment;

/**
 * Decides by the number of active keys, those excluded left out, whether a run can start at once,
 * needs the limited and failed keys tested first, or has to wait. Testing is what costs time, so it
 * happens only below the minimum; a run never starts it twice.
 */
public final class AssignmentRule {
  private AssignmentRule() {}

  /**
   * @param active active keys that are not excluded
   * @param tested whether the limited and failed keys have been tested for this assignment
   */
  public static Decision decide(int active, PoolRule rule, boolean tested) {
    if (active >= rule.required()) {
      return new Decision.Perfect(rule.required());
    }
    if (active >= rule.minimum()) {
      return new Decision.Sufficient(active);
    }
    if (!tested) {
      return new Decision.RecoveryNeeded(active);
    }
    return active > 0 ? new Decision.AfterRecovery(active) : new Decision.None();
  }
}

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
}

package dev.keywheel.assignment;

/** What the number of active keys means for a run. */
public sealed interface AssignmentDecision {

  /** Enough keys for {@code seats} different ones; nothing is tested. */
  record Perfect(int seats) implements AssignmentDecision {}

  /** Fewer than required, not fewer than the minimum: all of them serve; nothing is tested. */
  record Sufficient(int seats) implements AssignmentDecision {}

  /** Fewer than the minimum: the limited and failed keys are to be tested, then decide again. */
  record RecoveryNeeded(int active) implements AssignmentDecision {}

  /** The tests are over: {@code seats} keys, however few, serve. */
  record AfterRecovery(int seats) implements AssignmentDecision {}

  /** The tests are over and no key is active: the run waits. */
  record None() implements AssignmentDecision {}
}

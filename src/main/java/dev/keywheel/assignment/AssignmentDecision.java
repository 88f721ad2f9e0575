package dev.keywheel.assignment;

/** The decision for a run, made by {@link AssignmentRule} from the number of active keys. */
public sealed interface AssignmentDecision {

  /** Enough active keys to give each of {@code seats} seats a different key; no key is tested. */
  record Perfect(int seats) implements AssignmentDecision {}

  /** Fewer active keys than required, at least the minimum: all are assigned; no key is tested. */
  record Sufficient(int seats) implements AssignmentDecision {}

  /** Fewer than the minimum: test the limited and failed keys, then decide again. */
  record RecoveryNeeded(int active) implements AssignmentDecision {}

  /** After the tests: {@code seats} keys are assigned, however few. */
  record AfterRecovery(int seats) implements AssignmentDecision {}

  /** After the tests, no key is active: the run waits. */
  record None() implements AssignmentDecision {}
}

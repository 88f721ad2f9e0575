package dev.keywheel.assignment;

import dev.keywheel.run.Plan;
import java.time.Instant;

/** The result of assigning keys to a run. */
public sealed interface Assignment {

  /** The keys are assigned, and the plan is stored and logged. */
  record Planned(Plan plan) implements Assignment {}

  /**
   * No key is usable now; none was assigned.
   *
   * @param nextTry when to try again
   * @param why the reason, as a sentence for users
   */
  record NoKeys(Instant nextTry, String why) implements Assignment {}

  /** Another worker owns the run; nothing was changed. */
  record Fenced() implements Assignment {}
}

package dev.keywheel.assignment;

import dev.keywheel.run.Plan;
import java.time.Instant;

/** What came of asking for keys for a run. */
public sealed interface Assignment {

  /** The plan is stamped, stored and logged. */
  record Planned(Plan plan) implements Assignment {}

  /**
   * No key can be used now; nothing was stamped.
   *
   * @param nextTry when it is worth asking again
   * @param why a sentence for people
   */
  record NoKeys(Instant nextTry, String why) implements Assignment {}

  /** {@link PlanStore#store} said that the run is no longer this worker's; nothing was changed. */
  record Fenced() implements Assignment {}
}

package dev.keywheel.assignment;

import dev.keywheel.db.Tx;
import dev.keywheel.run.Plan;

/** Keeps a plan with its run, in the transaction that stamps the seats. */
@FunctionalInterface
public interface PlanStore {

  /**
   * Returns false when the run belongs to another worker by now; then everything is rolled back.
   * May write the run and its operations, and must not append to a log: the assignment does that
   * after.
   */
  boolean store(Tx tx, Plan plan);
}

package dev.keywheel.assignment;

import dev.keywheel.db.Tx;
import dev.keywheel.run.Plan;

/** Stores a plan with its run, in the transaction that assigns the seats. */
@FunctionalInterface
public interface PlanStore {

  /**
   * Returns false when another worker owns the run; everything is then rolled back. May write the
   * run and its operations, but must not append to a log: the assignment does so afterwards.
   */
  boolean store(Tx tx, Plan plan);
}

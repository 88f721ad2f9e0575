package dev.keywheel.run;

/** Rolls back the writes of a worker that no longer owns the run. */
public final class RunFencedException extends RuntimeException {
  public RunFencedException() {
    super("Another worker owns the run", null, false, false);
  }
}

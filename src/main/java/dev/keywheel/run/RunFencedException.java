package dev.keywheel.run;

/** Rolls back what a worker was writing for a run that is no longer its own. */
public final class RunFencedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RunFencedException() {
    super("Another worker has the run", null, false, false);
  }
}

package dev.keywheel.job;

/**
 * Durable work, executed at least once: after a crash another node restarts it within 45 seconds,
 * so it must detect what is already done.
 */
@FunctionalInterface
public interface Job {
  /**
   * @param instance the id the job was scheduled with: a run, a recovery
   */
  JobResult run(String instance);
}

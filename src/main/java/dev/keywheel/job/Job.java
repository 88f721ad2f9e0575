package dev.keywheel.job;

/**
 * Durable work, executed at least once: after a crash another node restarts it within 45 seconds,
 * so it must detect what is already done.
 */
@FunctionalInterface
public interface Job {
  /**
   * @param instance the id with which the job was scheduled, such as that of a run or a batch
   */
  JobResult run(String instance);
}

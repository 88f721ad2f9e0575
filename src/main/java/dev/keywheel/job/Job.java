package dev.keywheel.job;

/**
 * Durable work. It is executed at least once: after a crash another node starts it again within 45
 * seconds, so it must find out by itself what is already done.
 */
@FunctionalInterface
public interface Job {
  /** {@code instance} is the id the job was scheduled with: a run, a recovery. */
  JobResult run(String instance);
}

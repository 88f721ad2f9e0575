package dev.keywheel.job;

import java.time.Instant;

/** How an execution of a job ended. A job that throws is retried within 5 minutes. */
public sealed interface JobResult {
  record Done() implements JobResult {}

  /** The job runs again at this time, or earlier if woken. */
  record Again(Instant at) implements JobResult {}
}

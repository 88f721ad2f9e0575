package dev.keywheel.job;

import java.time.Instant;

/** How one execution of a job ended. An exception instead means: try again soon. */
public sealed interface JobResult {
  /** Nothing more to do. */
  record Done() implements JobResult {}

  /** Run again at this time, or earlier if woken. */
  record Again(Instant at) implements JobResult {}
}

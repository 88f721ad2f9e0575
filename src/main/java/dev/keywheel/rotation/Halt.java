package dev.keywheel.rotation;

import java.time.Instant;

/**
 * The reason why work on a run stops before the run is complete. Passed unchanged from the call to
 * the job. A result that ends only the operation and not the run is not a halt.
 */
public sealed interface Halt extends CallResult {

  /**
   * No key can be used now, or the pool is paused. Nothing is in flight.
   *
   * @param nextTry earliest useful time of the next try
   * @param why a sentence for users
   */
  record NoKey(Instant nextTry, String why) implements Halt {}

  /** The run is being cancelled. Calls in flight were aborted, or their outcomes are stored. */
  record Cancelled() implements Halt {}

  /** The thread was interrupted although the run is not cancelled: this node stops. */
  record Interrupted() implements Halt {}

  /** Another worker has taken over the run; this worker has written nothing since. */
  record Fenced() implements Halt {}

  /** The database was unreachable for longer than a run waits; earlier answers are stored. */
  record DatabaseUnavailable() implements Halt {}
}

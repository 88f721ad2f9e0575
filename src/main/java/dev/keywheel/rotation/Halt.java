package dev.keywheel.rotation;

import java.time.Instant;

/**
 * Why work on a run stops before it is done. Carried unchanged from the call to the job; what ends
 * an operation but not its run is no halt.
 */
public sealed interface Halt extends CallResult {

  /**
   * No key can be used now, or the pool is paused. Nothing is in flight.
   *
   * @param nextTry earliest useful time of the next try
   * @param why a sentence for people
   */
  record NoKey(Instant nextTry, String why) implements Halt {}

  /**
   * The run is being cancelled. Calls in flight were aborted, or are stored with their attempts.
   */
  record Cancelled() implements Halt {}

  /** The thread was interrupted although the run is not cancelled: this node stops. */
  record Interrupted() implements Halt {}

  /** Another worker has the run; nothing more was written. */
  record Fenced() implements Halt {}

  /** The database was unreachable for longer than a run waits; earlier answers are stored. */
  record DatabaseUnavailable() implements Halt {}
}

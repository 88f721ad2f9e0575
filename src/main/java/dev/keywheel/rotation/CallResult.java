package dev.keywheel.rotation;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.CallFailure;
import java.time.Instant;

/** What came of one call through the pool, refused keys already replaced. */
public sealed interface CallResult {

  /** The model answered; whether the answer is of use is the operation's to say. */
  record Answered(CallOutcome.Answer answer, Attempt attempt) implements CallResult {}

  /** The call failed; the operation keeps the key. */
  record Failed(CallFailure failure, Attempt attempt) implements CallResult {}

  /**
   * No key can be used for this operation now, or the pool is paused. Nothing is in flight.
   *
   * @param nextTry when it is worth trying again
   * @param why a sentence for people
   */
  record NoKey(Instant nextTry, String why) implements CallResult {}

  /** The operation has made all the calls that any may make, refusals of keys included. */
  record OutOfCalls(int calls) implements CallResult {}

  /** The operation's deadline has passed. */
  record OutOfTime() implements CallResult {}

  /** The run is being cancelled. What was in flight was aborted, or is kept with its attempt. */
  record Cancelled() implements CallResult {}

  /** The thread was interrupted though nobody cancelled the run: this node is stopping. */
  record Interrupted() implements CallResult {}

  /** Another worker has the run; nothing more was written. */
  record LostRun() implements CallResult {}
}

package dev.keywheel.article.operation.conversation;

import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.Halt;
import dev.keywheel.run.Attempt;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A conversation's access to its run. */
public interface Caller {

  /** Makes a call through the pool. Blocks until the result is known. */
  CallResult call(CallSpec spec);

  /** Whether the run stops, so that no further call may be made. */
  boolean stopped();

  /** The limit that the run has reached, as a sentence; empty while another call is allowed. */
  Optional<String> reachedRunLimit();

  /** Marks the answer of an attempt as unusable. */
  void markUnusable(Attempt attempt);

  /** Appends lines to the log of the run. */
  void log(List<LogLine> lines);

  /** Records why a model was given up, so that later operations may prefer other models. */
  void recordFailure(String model, ModelFailure failure);

  /** Records that the model has answered, which ends the effect of {@link #recordFailure}. */
  void recordAvailable(String model);

  Instant now();

  /** Time until the operation's deadline; negative after the deadline. */
  Duration timeLeft();

  /** Blocks for the given time. Returns the reason if the run stops earlier, otherwise empty. */
  Optional<Halt> await(Duration wait);

  /**
   * Waits like {@link #await}. The wait is also shown with the operation and logged.
   *
   * @param why the reason for the wait, as a clause without a full stop
   */
  Optional<Halt> waitForModel(Duration wait, String why);
}

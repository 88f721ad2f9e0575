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

  /** One call through the pool; blocks. */
  CallResult call(CallSpec spec);

  /** The limit of the run that is reached, as a sentence; empty while another call is allowed. */
  Optional<String> runExhausted();

  /** Marks the answer of an attempt as unusable. */
  void invalid(Attempt attempt);

  /** Appends lines to the log of the run. */
  void note(List<LogLine> lines);

  /** The provider does not serve the model now: others are preferred for an hour. */
  void unavailable(String model);

  /** The model has answered. */
  void available(String model);

  Instant now();

  /** Time to the operation's deadline. */
  Duration left();

  /** Waits; empty when the wait is over. */
  Optional<Halt> await(Duration wait);

  /**
   * As {@link #await}, shown with the operation and logged.
   *
   * @param why a clause without a full stop
   */
  Optional<Halt> waitForModel(Duration wait, String why);
}

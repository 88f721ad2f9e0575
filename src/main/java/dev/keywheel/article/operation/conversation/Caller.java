package dev.keywheel.article.operation.conversation;

import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.Attempt;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a conversation needs of the run it belongs to. */
public interface Caller {

  /** One call through the pool; blocks. */
  CallResult call(CallSpec spec);

  /**
   * A reason not to call any more because the run as a whole has used up what it may; empty when it
   * may.
   */
  Optional<String> runExhausted();

  /** Notes that the answer of an attempt was of no use to the operation. */
  void invalid(Attempt attempt);

  /** Lines for the run's log. */
  void note(List<LogLine> lines);

  /** A model that the provider does not serve now: others are preferred for an hour. */
  void unavailable(String model);

  /** The model has answered. */
  void available(String model);

  Instant now();

  /** Time to the operation's deadline. */
  Duration left();

  /** Waits; empty when the time is over, else what ended the operation meanwhile. */
  Optional<CallResult> await(Duration wait);

  /**
   * As {@link #await}, shown with the operation and logged.
   *
   * @param why without a full stop
   */
  Optional<CallResult> waitForModel(Duration wait, String why);
}

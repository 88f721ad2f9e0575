package dev.keywheel.article.operation;

import dev.keywheel.log.LogLine;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.SentAttempt;
import java.util.List;

/** What a conversation needs of the run it belongs to. */
public interface Caller {

  /** One call through the pool; blocks. */
  CallResult call(CallSpec spec);

  /**
   * A reason not to call any more because the run as a whole has used up what it may; empty when it
   * may.
   */
  java.util.Optional<String> runExhausted();

  /** Notes that the answer of an attempt was of no use to the operation. */
  void invalid(SentAttempt attempt);

  /** Lines for the run's log. */
  void note(List<LogLine> lines);

  /** A model that the provider does not serve now: nobody asks for it for an hour. */
  void unavailable(String model);
}

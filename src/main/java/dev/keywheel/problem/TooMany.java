package dev.keywheel.problem;

import java.time.Duration;

/** Too much at once; the same request may be made again after {@link #retryAfter}. */
public class TooMany extends Refused {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  public TooMany(String sentence, Duration retryAfter) {
    super(sentence);
    this.retryAfter = retryAfter;
  }

  public Duration retryAfter() {
    return retryAfter;
  }
}

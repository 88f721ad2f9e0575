package dev.keywheel.problem;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Too many requests. The same request may be repeated after {@link #retryAfter}. */
public class RateLimited extends Rejected {
  private final Duration retryAfter;

  public RateLimited(String sentence, Duration retryAfter) {
    this(null, sentence, retryAfter);
  }

  /**
   * @param field name of the form field that the message belongs to; null for none
   */
  public RateLimited(@Nullable String field, String sentence, Duration retryAfter) {
    super(field, sentence);
    this.retryAfter = retryAfter;
  }

  public Duration retryAfter() {
    return retryAfter;
  }
}

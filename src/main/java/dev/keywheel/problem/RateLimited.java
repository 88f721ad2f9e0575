package dev.keywheel.problem;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Too much at once; the same request may be made again after {@link #retryAfter}. */
public class RateLimited extends Rejected {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  public RateLimited(String sentence, Duration retryAfter) {
    this(null, sentence, retryAfter);
  }

  /** {@code field} is the name of the form's field that the sentence belongs to. */
  public RateLimited(@Nullable String field, String sentence, Duration retryAfter) {
    super(field, sentence);
    this.retryAfter = retryAfter;
  }

  public Duration retryAfter() {
    return retryAfter;
  }
}

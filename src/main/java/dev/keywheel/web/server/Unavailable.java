package dev.keywheel.web.server;

import dev.keywheel.problem.Rejected;
import java.time.Duration;

/** Something that the request needs is temporarily unavailable. */
public final class Unavailable extends Rejected {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  public Unavailable(String sentence, Duration retryAfter) {
    super(sentence);
    this.retryAfter = retryAfter;
  }

  Duration retryAfter() {
    return retryAfter;
  }
}

package dev.keywheel.web;

import dev.keywheel.problem.Refused;
import java.time.Duration;

/** Something that the request needs is not there just now; time helps. */
public final class Unavailable extends Refused {
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

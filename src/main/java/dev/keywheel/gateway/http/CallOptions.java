package dev.keywheel.gateway.http;

import java.time.Duration;

/**
 * How calls to providers are made.
 *
 * @param retryPause pause before the first repetition of a call that may fail with other keys too
 * @param startBudget time from the arrival of a request after which no third attempt at a target
 *     begins
 * @param keyCheck how long a request waits for the check of a limited key whose wait is over
 * @param trial maximum time of a trial from a page, with all its attempts
 * @param finishUnstreamed whether a call continues after its client has disconnected, unless a
 *     stream was requested: most providers charge such a call in full
 */
public record CallOptions(
    Duration retryPause,
    Duration startBudget,
    Duration keyCheck,
    Duration trial,
    boolean finishUnstreamed) {
  /** The default of {@link #startBudget}. */
  public static final Duration START_BUDGET = Duration.ofSeconds(30);

  private static final Duration RETRY_PAUSE = Duration.ofMillis(500);
  private static final Duration KEY_CHECK = Duration.ofSeconds(3);
  private static final Duration TRIAL = Duration.ofSeconds(60);

  public static CallOptions defaults(boolean finishUnstreamed) {
    return new CallOptions(RETRY_PAUSE, START_BUDGET, KEY_CHECK, TRIAL, finishUnstreamed);
  }
}

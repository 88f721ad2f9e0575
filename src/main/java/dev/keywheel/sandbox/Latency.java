package dev.keywheel.sandbox;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long the sandbox takes for an answer. */
public enum Latency {
  /** At once; for tests. */
  INSTANT,
  /**
   * An eighth of what a hosted model takes: an article is done in about ten seconds and its log can
   * be watched.
   */
  DEMO,
  /** As a hosted model: log-normal around the nominal time of the operation. */
  REAL;

  private static final double SPREAD = 0.25;

  Duration of(Operation operation, RandomGenerator random) {
    return switch (this) {
      case INSTANT -> Duration.ZERO;
      case DEMO -> operation.nominal().dividedBy(8);
      case REAL ->
          Duration.ofMillis(
              Math.round(
                  operation.nominal().toMillis() * Math.exp(SPREAD * random.nextGaussian())));
    };
  }
}

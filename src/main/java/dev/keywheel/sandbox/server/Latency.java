package dev.keywheel.sandbox.server;

import dev.keywheel.sandbox.base.SandboxOperation;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** Response times of the sandbox. */
public enum Latency {
  /** No delay; for tests. */
  INSTANT,
  /**
   * An eighth of a hosted model's time: an article takes about ten seconds, so that users can
   * follow its log.
   */
  DEMO,
  /** Like a hosted model: log-normal around the nominal duration of the operation. */
  REAL;

  private static final double SPREAD = 0.25;

  Duration of(SandboxOperation operation, RandomGenerator random) {
    return switch (this) {
      case INSTANT -> Duration.ZERO;
      case DEMO -> operation.nominalDuration().dividedBy(8);
      case REAL ->
          Duration.ofMillis(
              Math.round(
                  operation.nominalDuration().toMillis()
                      * Math.exp(SPREAD * random.nextGaussian())));
    };
  }
}

package dev.keywheel.gateway.ledger;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Failures of something that is tried again and again, so that their begin and their end are logged
 * once. A write to a full disk succeeds now and then, so the end is a minute without a failure.
 */
final class FailurePeriod {
  private static final Duration QUIET = Duration.ofMinutes(1);

  private final InstantSource clock;
  private @Nullable Instant last;
  private boolean worked;

  FailurePeriod(InstantSource clock) {
    this.clock = clock;
  }

  /** Records a failure. Returns whether a period begins with it. */
  boolean failed() {
    boolean begins = last == null;
    last = clock.instant();
    worked = false;
    return begins;
  }

  /** Records a success. */
  void worked() {
    worked = true;
  }

  /** Whether a period has ended since this was asked last. */
  boolean ended() {
    if (last == null || !worked || last.plus(QUIET).isAfter(clock.instant())) {
      return false;
    }
    last = null;
    return true;
  }
}

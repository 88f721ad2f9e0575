package dev.keywheel.gateway.ledger;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Failures of something that is tried again and again, so that their begin and their end are logged
 * once. A write to a full disk succeeds now and then, so the end is a minute without a failure.
 */
public final class FailurePeriod {
  private static final Duration QUIET = Duration.ofMinutes(1);

  private final InstantSource clock;
  private @Nullable Instant last;
  private boolean worked;

  public FailurePeriod(InstantSource clock) {
    this.clock = clock;
  }

  /** Records a failure. Returns whether a period begins with it. */
  public synchronized boolean failed() {
    boolean begins = last == null || over();
    last = clock.instant();
    worked = false;
    return begins;
  }

  /** Records a success. */
  public synchronized void worked() {
    worked = true;
  }

  /** Records a failure of another kind: a period that has begun lasts until the next success. */
  public synchronized void interrupted() {
    worked = false;
  }

  /** Whether a period has ended since this was asked last. */
  public synchronized boolean ended() {
    boolean ended = over();
    if (ended) {
      last = null;
    }
    return ended;
  }

  private boolean over() {
    return last != null && worked && !last.plus(QUIET).isAfter(clock.instant());
  }
}

package dev.keywheel.gateway.ledger;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Tracks failures of a repeated task in periods, so that the beginning and the end of each period
 * are logged once. A period ends after a success and a minute without a failure, because a write to
 * a full disk sometimes succeeds.
 */
public final class FailurePeriod {
  private static final Duration QUIET = Duration.ofMinutes(1);

  private final InstantSource clock;
  private @Nullable Instant last;
  private boolean succeeded;

  public FailurePeriod(InstantSource clock) {
    this.clock = clock;
  }

  /** Records a failure. Returns whether this failure begins a period. */
  public synchronized boolean recordFailure() {
    boolean begins = last == null || over();
    last = clock.instant();
    succeeded = false;
    return begins;
  }

  public synchronized void recordSuccess() {
    succeeded = true;
  }

  /** Records a failure of another kind, so that a period cannot end before the next success. */
  synchronized void recordOtherFailure() {
    succeeded = false;
  }

  /** Whether a period has ended since the last call. */
  public synchronized boolean ended() {
    boolean ended = over();
    if (ended) {
      last = null;
    }
    return ended;
  }

  private boolean over() {
    return last != null && succeeded && !last.plus(QUIET).isAfter(clock.instant());
  }
}

package dev.keywheel.time;

import java.time.Duration;
import java.time.Instant;

/**
 * A period of time. It also counts as over if the clock was set back to a time before its start.
 */
public record TimeWindow(Instant start, Instant end) {
  /** A window that is over. */
  public static final TimeWindow OVER = new TimeWindow(Instant.EPOCH, Instant.EPOCH);

  /**
   * How far in the future the start may be: another thread may have read the clock a moment later.
   */
  private static final Duration MOMENT = Duration.ofSeconds(1);

  public static TimeWindow from(Instant start, Duration length) {
    return new TimeWindow(start, start.plus(length));
  }

  public boolean contains(Instant now) {
    return !now.isBefore(start.minus(MOMENT)) && now.isBefore(end);
  }
}

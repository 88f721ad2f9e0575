package dev.keywheel.time;

import java.time.Duration;
import java.time.Instant;

/** A time for which something counts; also over if the clock was set back before its start. */
public record TimeWindow(Instant start, Instant end) {
  /** A window that is over. */
  public static final TimeWindow OVER = new TimeWindow(Instant.EPOCH, Instant.EPOCH);

  /** A start slightly in the future is valid: another thread may read the clock a moment later. */
  private static final Duration MOMENT = Duration.ofSeconds(1);

  public static TimeWindow from(Instant start, Duration length) {
    return new TimeWindow(start, start.plus(length));
  }

  public boolean contains(Instant now) {
    return !now.isBefore(start.minus(MOMENT)) && now.isBefore(end);
  }
}

package dev.keywheel.time;

import java.time.Duration;

/** A deadline on the JVM's monotonic clock. */
public final class Deadline {
  private final Stopwatch since = new Stopwatch();
  private final Duration limit;

  public Deadline(Duration limit) {
    this.limit = limit;
  }

  /** Remaining time; negative once the deadline has passed. */
  public Duration left() {
    return limit.minus(since.elapsed());
  }

  public boolean passed() {
    return left().isNegative();
  }
}

package dev.keywheel.time;

import java.time.Duration;

/**
 * Time since it was made, by the monotonic clock of the JVM: setting a clock does not change it.
 */
public final class Stopwatch {
  private final long start = System.nanoTime();

  public long nanos() {
    return System.nanoTime() - start;
  }

  public Duration elapsed() {
    return Duration.ofNanos(nanos());
  }
}

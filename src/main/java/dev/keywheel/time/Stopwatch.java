package dev.keywheel.time;

import java.time.Duration;

/** Elapsed time since construction, on the JVM's monotonic clock, unaffected by clock changes. */
public final class Stopwatch {
  private final long start = System.nanoTime();

  public long nanos() {
    return System.nanoTime() - start;
  }

  public Duration elapsed() {
    return Duration.ofNanos(nanos());
  }
}

package dev.keywheel.support;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands at a fixed moment until a test moves it, or lets it run. */
public final class TestClock implements InstantSource {
  /** Away from midnight, month ends and the hour. */
  public static final Instant START = Instant.parse("2026-03-10T14:25:36.500Z");

  private Instant now = START;
  private Duration perReading = Duration.ZERO;

  @Override
  public synchronized Instant instant() {
    now = now.plus(perReading);
    return now;
  }

  /** From now on no two readings are equal, as with a real clock. */
  public synchronized void run(Duration perReading) {
    this.perReading = perReading;
  }

  public synchronized void tick(Duration by) {
    now = now.plus(by);
  }

  public synchronized void set(Instant to) {
    now = to;
  }
}

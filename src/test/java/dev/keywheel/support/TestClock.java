package dev.keywheel.support;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until a test moves it or makes each reading advance it. */
public final class TestClock implements InstantSource {
  /** Not near midnight, the end of a month or a full hour. */
  public static final Instant START = Instant.parse("2026-03-10T14:25:36.500Z");

  private Instant now = START;
  private Duration perReading = Duration.ZERO;

  @Override
  public synchronized Instant instant() {
    now = now.plus(perReading);
    return now;
  }

  /** Makes all later readings differ, as with a real clock. */
  public synchronized void advanceOnEachReading(Duration perReading) {
    this.perReading = perReading;
  }

  public synchronized void tick(Duration by) {
    now = now.plus(by);
  }

  public synchronized void set(Instant to) {
    now = to;
  }
}

package dev.keywheel.sandbox.server;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock with an adjustable offset. */
final class ShiftedClock implements InstantSource {

  private final InstantSource base;
  private volatile Duration shift = Duration.ZERO;

  ShiftedClock(InstantSource base) {
    this.base = base;
  }

  @Override
  public Instant instant() {
    return base.instant().plus(shift);
  }

  void advance(Duration by) {
    shift = shift.plus(by);
  }

  void set(Instant to) {
    shift = Duration.between(base.instant(), to);
  }

  void reset() {
    shift = Duration.ZERO;
  }
}

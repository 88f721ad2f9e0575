package dev.keywheel.time;

import java.time.Duration;

/** Waits for a duration. Passed in wherever code waits, so that tests control the time. */
@FunctionalInterface
public interface Delayer {

  /** Returns after {@code duration}; immediately when it is zero or negative. */
  void sleep(Duration duration) throws InterruptedException;

  /** Like {@link #sleep}, but returns false when interrupted and keeps the interrupt status. */
  default boolean trySleep(Duration duration) {
    try {
      sleep(duration);
      return true;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Real waiting on the calling thread. */
  static Delayer real() {
    return duration -> {
      if (duration.isPositive()) {
        Thread.sleep(duration);
      }
    };
  }
}

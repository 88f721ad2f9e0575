package dev.keywheel.time;

import java.time.Duration;

/** Waits. Handed in wherever something waits, so that a test decides how long that takes. */
@FunctionalInterface
public interface Delayer {

  /** Returns after {@code duration}; at once when it is zero or negative. */
  void sleep(Duration duration) throws InterruptedException;

  /** The same for who has nothing to throw: false when it was interrupted, as it stays then. */
  default boolean slept(Duration duration) {
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

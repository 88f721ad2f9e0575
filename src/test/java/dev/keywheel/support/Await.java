package dev.keywheel.support;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits until a condition holds. A failure contains the name that the test gives the condition. */
public final class Await {
  private static final long SHORTEST_PAUSE = Duration.ofMillis(10).toNanos();
  private static final long LONGEST_PAUSE = Duration.ofMillis(50).toNanos();

  /**
   * The pause between two checks is the time waited so far divided by this number, because reading
   * a page or a table takes processor time from the work that the test waits for.
   */
  private static final int WAIT_PER_PAUSE = 16;

  private static final Duration AT_MOST = Duration.ofSeconds(60);

  private Await() {}

  public static void until(String what, BooleanSupplier condition) {
    until(what, AT_MOST, condition);
  }

  public static void until(Supplier<String> what, BooleanSupplier condition) {
    until(what, AT_MOST, condition);
  }

  public static void until(String what, Duration atMost, BooleanSupplier condition) {
    until(() -> what, atMost, condition);
  }

  public static void until(Supplier<String> what, Duration atMost, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      long waited = System.nanoTime() - start;
      if (waited > atMost.toNanos()) {
        throw new AssertionError("not within " + atMost.toMillis() + " ms: " + what.get());
      }
      LockSupport.parkNanos(Math.clamp(waited / WAIT_PER_PAUSE, SHORTEST_PAUSE, LONGEST_PAUSE));
    }
  }
}

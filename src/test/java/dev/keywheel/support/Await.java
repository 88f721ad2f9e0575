package dev.keywheel.support;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits until something is so; a test that waits says what for, and fails with those words. */
public final class Await {
  private static final Duration LOOK_EVERY = Duration.ofMillis(10);
  private static final Duration AT_MOST = Duration.ofSeconds(60);

  private Await() {}

  public static void until(String what, BooleanSupplier condition) {
    until(what, AT_MOST, condition);
  }

  public static void until(String what, Duration atMost, BooleanSupplier condition) {
    until(() -> what, atMost, condition);
  }

  public static void until(Supplier<String> what, Duration atMost, BooleanSupplier condition) {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + atMost.toMillis() + " ms: " + what.get());
      }
      LockSupport.parkNanos(LOOK_EVERY.toNanos());
    }
  }
}

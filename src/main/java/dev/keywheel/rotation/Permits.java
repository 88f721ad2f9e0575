package dev.keywheel.rotation;

import dev.keywheel.provider.ModelClass;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Bounds how many calls of one key this node has in flight: free models count requests by the
 * minute, and a pool that sends several at once with one key brings the refusals about itself.
 * Whoever came first goes first.
 */
final class Permits {
  static final int FREE_AT_ONCE = 1;
  static final int PAID_AT_ONCE = 4;

  private record Line(UUID key, ModelClass models) {}

  private final Duration longestWait;
  private final Map<Line, Semaphore> lines = new ConcurrentHashMap<>();

  Permits(Duration longestWait) {
    this.longestWait = longestWait;
  }

  /**
   * Waits for a turn of the key. False when it did not come in time: then the call goes without,
   * for a provider that never answers one call must not hold up all others of the key.
   */
  boolean acquire(UUID key, ModelClass models) throws InterruptedException {
    return line(key, models).tryAcquire(longestWait.toMillis(), TimeUnit.MILLISECONDS);
  }

  void release(UUID key, ModelClass models) {
    line(key, models).release();
  }

  private Semaphore line(UUID key, ModelClass models) {
    return lines.computeIfAbsent(
        new Line(key, models),
        line ->
            new Semaphore(
                switch (line.models()) {
                  case FREE -> FREE_AT_ONCE;
                  case PAID -> PAID_AT_ONCE;
                },
                true));
  }
}

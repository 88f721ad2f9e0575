package dev.keywheel.rotation;

import dev.keywheel.provider.ModelClass;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Limits the calls in flight of each key and model class on this node: free models count requests
 * per minute, and parallel calls with one key cause refusals. First come, first served.
 */
final class KeyConcurrencyLimiter {
  static final int FREE_AT_ONCE = 1;
  static final int PAID_AT_ONCE = 4;

  private record KeyAndClass(UUID key, ModelClass models) {}

  /**
   * @param users number of permit holders and waiting threads
   */
  private record Queue(Semaphore semaphore, int users) {
    Queue withUsers(int change) {
      return new Queue(semaphore, users + change);
    }
  }

  private final Duration longestWait;
  private final Map<KeyAndClass, Queue> queues = new ConcurrentHashMap<>();

  KeyConcurrencyLimiter(Duration longestWait) {
    this.longestWait = longestWait;
  }

  /**
   * Waits for a permit of the key; false after the longest wait: then the call is sent without one,
   * so that a call without an answer does not block all others of the key.
   */
  boolean acquire(UUID key, ModelClass models) throws InterruptedException {
    var pair = new KeyAndClass(key, models);
    boolean acquired = false;
    try {
      acquired = join(pair).semaphore().tryAcquire(longestWait.toMillis(), TimeUnit.MILLISECONDS);
      return acquired;
    } finally {
      if (!acquired) {
        leave(pair);
      }
    }
  }

  /**
   * Like {@link #acquire(UUID, ModelClass)}; empty, without a permit, when the call is aborted or
   * this node stops, even if that happens just after the permit was granted.
   */
  Optional<Boolean> acquire(InFlightCalls.Slot slot, UUID key, ModelClass models) {
    var acquired = new AtomicBoolean();
    var permitted =
        slot.await(
            () -> {
              acquired.set(acquire(key, models));
              return acquired.get();
            });
    if (permitted.isEmpty() && acquired.get()) {
      release(key, models);
    }
    return permitted;
  }

  void release(UUID key, ModelClass models) {
    var pair = new KeyAndClass(key, models);
    var queue = queues.get(pair);
    if (queue != null) {
      queue.semaphore().release();
      leave(pair);
    }
  }

  /** Number of pairs of key and model class with a call in flight or waiting. */
  int keysInUse() {
    return queues.size();
  }

  private Queue join(KeyAndClass pair) {
    return queues.compute(
        pair,
        (l, queue) ->
            queue == null
                ? new Queue(new Semaphore(atOnce(l.models()), true), 1)
                : queue.withUsers(1));
  }

  private void leave(KeyAndClass pair) {
    queues.computeIfPresent(pair, (l, queue) -> queue.users() == 1 ? null : queue.withUsers(-1));
  }

  private static int atOnce(ModelClass models) {
    return switch (models) {
      case FREE -> FREE_AT_ONCE;
      case PAID -> PAID_AT_ONCE;
    };
  }
}

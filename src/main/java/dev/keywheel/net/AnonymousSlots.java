package dev.keywheel.net;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Slots for work that anonymous clients cause: half as many as there are processors, at least one.
 * While clients wait, a slot rests after its use, so that a flood leaves processor time to users.
 */
public final class AnonymousSlots {
  /** Maximum time that a client waits for a slot. */
  public static final Duration MAX_WAIT = Duration.ofSeconds(10);

  /** Maximum number of waiting clients, because each uses memory while it waits. */
  public static final int MAX_WAITING = 1_000;

  /** Length of a slot's rest in a flood, as a multiple of the time for which it was held. */
  private static final int REST_FACTOR = 4;

  /**
   * A shorter use counts as this long, because the connection was accepted and the request head was
   * read before the slot was taken. In a flood, a slot thus admits at most 250 refusals a second.
   */
  private static final Duration SHORTEST_USE = Duration.ofMillis(1);

  private static final Duration LONGEST_REST = Duration.ofMillis(200);

  private final Semaphore slots =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);

  /** Waits for a slot. False if none is free within {@link #MAX_WAIT}, or too many clients wait. */
  public boolean acquire() throws InterruptedException {
    return waiting() < MAX_WAITING && slots.tryAcquire(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Releases a slot, after its rest if clients wait.
   *
   * @param held the time for which the slot was used
   */
  public void release(Duration held) {
    Duration rest = restAfter(held);
    if (slots.hasQueuedThreads() && rest.isPositive()) {
      CompletableFuture.delayedExecutor(rest.toNanos(), TimeUnit.NANOSECONDS)
          .execute(slots::release);
    } else {
      slots.release();
    }
  }

  /**
   * Waits for a slot for a refusal, and releases it immediately. False if {@link #acquire} fails.
   */
  public boolean admitRefusal() {
    try {
      if (acquire()) {
        release(Duration.ZERO);
        return true;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  /** The number of waiting clients. */
  public int waiting() {
    return slots.getQueueLength();
  }

  /** How long a slot rests after it was used for this time; at most 200 ms. */
  public static Duration restAfter(Duration held) {
    Duration use = held.compareTo(SHORTEST_USE) < 0 ? SHORTEST_USE : held;
    Duration rest = use.multipliedBy(REST_FACTOR);
    return rest.compareTo(LONGEST_REST) < 0 ? rest : LONGEST_REST;
  }
}

package dev.keywheel.gateway.seat;

import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The requests that wait for one pool, served by one thread at a time in batches. {@link Seats}
 * sets how long a request waits.
 */
final class SeatQueue {
  /** Maximum number of requests in one transaction. */
  static final int MAX_BATCH = 512;

  /** Minimum number of requests in a batch after which the queue waits for more. */
  static final int GATHER_FROM = 8;

  /** Number of requests at which the queue stops waiting: a larger batch hardly saves more. */
  static final int GATHER_UNTIL = 48;

  /** Time without a new request after which the queue stops waiting. */
  private static final Duration STEP = Duration.ofNanos(500_000);

  private static final int MAX_STEPS = 10;

  private final Executor executor;
  private final Consumer<List<PendingSeat>> runner;
  private final Delayer delayer;
  private final Queue<PendingSeat> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean beingServed = new AtomicBoolean();

  SeatQueue(Executor executor, Consumer<List<PendingSeat>> runner, Delayer delayer) {
    this.executor = executor;
    this.runner = runner;
    this.delayer = delayer;
  }

  void join(PendingSeat seat) {
    waiting.add(seat);
    start();
  }

  private void start() {
    if (!beingServed.compareAndSet(false, true)) {
      return;
    }
    try {
      executor.execute(this::serve);
    } catch (RuntimeException | Error e) {
      beingServed.set(false); // the next request tries again
      abandonAll();
      throw e;
    }
  }

  /** Refuses the waiting requests when no thread could be started to serve them. */
  private void abandonAll() {
    PendingSeat seat;
    while ((seat = waiting.poll()) != null) {
      seat.abandon();
    }
  }

  private void serve() {
    do {
      try {
        for (var batch = next(); !batch.isEmpty(); batch = next()) {
          runner.accept(batch);
          if (batch.size() >= GATHER_FROM) {
            gather();
          }
        }
      } catch (RuntimeException | Error e) {
        beingServed.set(false);
        resume(e);
        throw e;
      }
      beingServed.set(false);
    } while (!waiting.isEmpty() && beingServed.compareAndSet(false, true));
  }

  /** Serves, on another thread, the requests that joined before the failure. */
  private void resume(Throwable failure) {
    if (!waiting.isEmpty()) {
      try {
        start();
      } catch (RuntimeException | Error e) {
        failure.addSuppressed(e);
      }
    }
  }

  /**
   * Waits while requests arrive, for at most 5 ms, because another transaction costs as much as
   * about twenty more requests in the same transaction. When the processors are busy, the wait
   * leaves them to requests that already have their keys.
   */
  private void gather() {
    int before = -1;
    int now = waiting.size();
    for (int step = 0; step < MAX_STEPS && now > before && now < GATHER_UNTIL; step++) {
      if (!delayer.trySleep(STEP)) {
        return;
      }
      before = now;
      now = waiting.size();
    }
  }

  private List<PendingSeat> next() {
    var batch = new ArrayList<PendingSeat>();
    PendingSeat seat;
    while (batch.size() < MAX_BATCH && (seat = waiting.poll()) != null) {
      if (seat.waits()) {
        batch.add(seat);
      }
    }
    return batch;
  }
}

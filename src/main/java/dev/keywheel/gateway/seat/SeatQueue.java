package dev.keywheel.gateway.seat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** The requests that wait for one pool, served by one thread at a time in batches. */
final class SeatQueue {
  /** The most requests in one transaction. */
  static final int BATCH = 512;

  private final Executor executor;
  private final Consumer<List<SeatWaiter>> server;
  private final Queue<SeatWaiter> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean served = new AtomicBoolean();

  SeatQueue(Executor executor, Consumer<List<SeatWaiter>> server) {
    this.executor = executor;
    this.server = server;
  }

  void join(SeatWaiter one) {
    waiting.add(one);
    if (served.compareAndSet(false, true)) {
      start(one);
    }
  }

  private void start(SeatWaiter one) {
    try {
      executor.execute(this::serve);
    } catch (RuntimeException | Error e) {
      one.abandon();
      served.set(false); // the next request tries again
      throw e;
    }
  }

  private void serve() {
    do {
      try {
        for (var batch = next(); !batch.isEmpty(); batch = next()) {
          server.accept(batch);
        }
      } finally {
        served.set(false);
      }
    } while (!waiting.isEmpty() && served.compareAndSet(false, true));
  }

  private List<SeatWaiter> next() {
    var batch = new ArrayList<SeatWaiter>();
    SeatWaiter one;
    while (batch.size() < BATCH && (one = waiting.poll()) != null) {
      if (!one.grant().isDone()) {
        batch.add(one);
      }
    }
    return batch;
  }
}

package dev.keywheel.gateway.ledger;

import dev.keywheel.time.Deadline;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Requests that this node answers at the moment. */
public final class InFlightRequests {
  private final Map<UUID, Runnable> aborts = new ConcurrentHashMap<>();

  /**
   * @param abort cancels the request; called from other threads, each time an abort is requested
   */
  public void add(UUID requestId, Runnable abort) {
    aborts.put(requestId, abort);
  }

  synchronized void remove(UUID requestId) {
    aborts.remove(requestId);
    notifyAll();
  }

  /** Waits until the request has ended; returns immediately for a request of another node. */
  synchronized void awaitEnd(UUID requestId, Deadline deadline) throws InterruptedException {
    while (aborts.containsKey(requestId) && !deadline.passed()) {
      wait(Math.max(1, deadline.left().toMillis()));
    }
  }

  /** Aborts the request. Returns false when it is not in flight on this node. */
  boolean abort(UUID requestId) {
    Runnable abort = aborts.get(requestId);
    if (abort != null) {
      abort.run();
    }
    return abort != null;
  }

  public int count() {
    return aborts.size();
  }
}

package dev.keywheel.gateway.ledger;

import dev.keywheel.time.Deadline;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Requests that this node answers at the moment. */
public final class InFlightRequests {
  private final Map<UUID, Runnable> aborts = new ConcurrentHashMap<>();
  private final Map<UUID, Integer> firstEvents = new ConcurrentHashMap<>();

  /**
   * @param abort cancels the request; called from other threads, each time an abort is requested
   */
  public void add(UUID requestId, Runnable abort) {
    aborts.put(requestId, abort);
  }

  /**
   * @param afterMs milliseconds from its arrival to the first content
   */
  public void recordFirstEvent(UUID requestId, int afterMs) {
    firstEvents.put(requestId, afterMs);
  }

  /**
   * The time of {@link #recordFirstEvent}; null without content, and for a request of another node.
   */
  public @Nullable Integer firstEventMs(UUID requestId) {
    return firstEvents.get(requestId);
  }

  synchronized void remove(UUID requestId) {
    aborts.remove(requestId);
    firstEvents.remove(requestId);
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

  Set<UUID> ids() {
    return aborts.keySet();
  }

  public int count() {
    return aborts.size();
  }
}

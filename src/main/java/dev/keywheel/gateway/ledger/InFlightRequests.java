package dev.keywheel.gateway.ledger;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Requests that this node answers at the moment. */
public final class InFlightRequests {
  private final Map<UUID, Runnable> aborts = new ConcurrentHashMap<>();

  /**
   * @param abort closes the connection to the provider; called at most once, from another thread
   */
  public void add(UUID requestId, Runnable abort) {
    aborts.put(requestId, abort);
  }

  void remove(UUID requestId) {
    aborts.remove(requestId);
  }

  /** Returns false when the request is not in flight on this node. */
  boolean abort(UUID requestId) {
    Runnable abort = aborts.remove(requestId);
    if (abort != null) {
      abort.run();
    }
    return abort != null;
  }

  public void abortAll() {
    aborts.keySet().forEach(this::abort);
  }

  public int count() {
    return aborts.size();
  }
}

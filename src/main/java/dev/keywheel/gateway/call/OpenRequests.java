package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.Cancellation;
import dev.keywheel.gateway.http.Cancellation.Reason;
import dev.keywheel.time.Deadline;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The requests that this node answers at the moment, and whether it accepts new ones. */
final class OpenRequests {
  /** Maximum number of open requests per token, so that it cannot take all sockets of a node. */
  static final int MAX_PER_TOKEN = 1_000;

  private static final String TOO_MANY_FOR_TOKEN =
      "This access token has "
          + MAX_PER_TOKEN
          + " open requests on this node, the maximum for one token. The provider may be slow.";

  private static final String TOO_MANY =
      "This node has as many open requests as its memory allows.";

  /** Maximum number of open requests of all tokens. A stream takes about 28 kB of the heap. */
  private final int max;

  private final Map<UUID, Integer> byToken = new HashMap<>();
  private final Set<Cancellation> open = new HashSet<>();
  private boolean stopping;

  OpenRequests() {
    this(Runtime.getRuntime().maxMemory() / 100_000);
  }

  OpenRequests(long max) {
    this.max = (int) Math.min(max, Integer.MAX_VALUE);
  }

  synchronized boolean stopping() {
    return stopping;
  }

  /** Registers a request. Returns the reason, as a sentence, if the request is refused. */
  synchronized Optional<String> enter(UUID token, Cancellation request) {
    if (byToken.getOrDefault(token, 0) >= MAX_PER_TOKEN) {
      return Optional.of(TOO_MANY_FOR_TOKEN);
    }
    if (open.size() >= max) {
      return Optional.of(TOO_MANY);
    }
    byToken.merge(token, 1, Integer::sum);
    open.add(request);
    if (stopping) {
      request.cancel(Reason.STOPPING);
    }
    return Optional.empty();
  }

  synchronized void leave(UUID token, Cancellation request) {
    byToken.computeIfPresent(token, (_, count) -> count == 1 ? null : count - 1);
    open.remove(request);
    notifyAll();
  }

  /** Cancels each request that enters from now on. Returns the number of open requests. */
  synchronized int stop() {
    stopping = true;
    return open.size();
  }

  /** Waits until no request is open. Returns false if that takes longer than {@code within}. */
  synchronized boolean awaitNone(Duration within) throws InterruptedException {
    var deadline = new Deadline(within);
    while (!open.isEmpty() && !deadline.passed()) {
      wait(Math.max(1, deadline.left().toMillis()));
    }
    return open.isEmpty();
  }

  void cancelAll(Reason reason) {
    List<Cancellation> running;
    synchronized (this) {
      running = List.copyOf(open);
    }
    running.forEach(request -> request.cancel(reason));
  }
}

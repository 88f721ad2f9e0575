package dev.keywheel.provider.socket;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Open connections without a request. The most recently used connection is reused first. */
final class IdleConnections implements AutoCloseable {
  /** Maximum idle time, shorter than that of servers. */
  static final Duration MAX_IDLE = Duration.ofSeconds(30);

  private final Executor sweeper =
      CompletableFuture.delayedExecutor(MAX_IDLE.toMillis() / 2, TimeUnit.MILLISECONDS);
  private final Map<Origin, Deque<ProviderConnection>> idle = new HashMap<>();
  private boolean sweeping;
  private boolean closed;

  /** An idle connection that is still usable, if there is one. */
  Optional<ProviderConnection> take(Origin origin) {
    while (true) {
      Optional<ProviderConnection> next = pollLast(origin);
      if (next.isEmpty() || (!next.get().isExpired() && next.get().usable())) {
        return next;
      }
      next.get().close();
    }
  }

  private synchronized Optional<ProviderConnection> pollLast(Origin origin) {
    Deque<ProviderConnection> of = idle.get(origin);
    return of == null ? Optional.empty() : Optional.ofNullable(of.pollLast());
  }

  /** Closes all idle connections to a server that may already have closed them. */
  void drop(Origin origin) {
    Deque<ProviderConnection> dropped;
    synchronized (this) {
      dropped = idle.remove(origin);
    }
    if (dropped != null) {
      dropped.forEach(ProviderConnection::close);
    }
  }

  /**
   * @param openFor how long the server keeps the idle connection open
   */
  void keep(ProviderConnection connection, Duration openFor) {
    connection.markIdle(openFor.compareTo(MAX_IDLE) < 0 ? openFor : MAX_IDLE);
    if (connection.isExpired() || !add(connection)) {
      connection.close();
    }
  }

  private synchronized boolean add(ProviderConnection connection) {
    if (closed) {
      return false;
    }
    idle.computeIfAbsent(connection.origin(), _ -> new ArrayDeque<>()).addLast(connection);
    if (!sweeping) {
      sweeping = true;
      sweeper.execute(this::sweep);
    }
    return true;
  }

  private void sweep() {
    removeExpired().forEach(ProviderConnection::close);
  }

  /** Removes and returns the connections that have been idle for too long. */
  private synchronized List<ProviderConnection> removeExpired() {
    var removed = new ArrayList<ProviderConnection>();
    for (Iterator<Deque<ProviderConnection>> all = idle.values().iterator(); all.hasNext(); ) {
      Deque<ProviderConnection> of = all.next();
      of.removeIf(connection -> connection.isExpired() && removed.add(connection));
      if (of.isEmpty()) {
        all.remove();
      }
    }
    sweeping = !idle.isEmpty() && !closed;
    if (sweeping) {
      sweeper.execute(this::sweep);
    }
    return removed;
  }

  @Override
  public void close() {
    var all = new ArrayList<ProviderConnection>();
    synchronized (this) {
      closed = true;
      idle.values().forEach(all::addAll);
      idle.clear();
    }
    all.forEach(ProviderConnection::close);
  }
}

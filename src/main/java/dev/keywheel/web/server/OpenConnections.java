package dev.keywheel.web.server;

import dev.keywheel.net.OpenFiles;
import dev.keywheel.time.Deadline;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Limits the open connections of browsers, because each uses a file and a process without free
 * files fails entirely. At the limit, a connection is accepted only after another one has ended;
 * until then it waits in the accept queue of the operating system. To make room, the connections
 * that have been idle longest are closed, except those with a request in progress and the newest
 * ones, which may stay idle for {@link #NEW}.
 */
final class OpenConnections implements Connection.Listener, SelectorManager.AcceptListener {
  private static final int MAX_CONNECTIONS = 20_000;

  /** Polling interval, because Jetty calls no listener when a connection becomes idle. */
  private static final Duration RETRY_INTERVAL = Duration.ofMillis(50);

  /** Number of acceptors; each further one could accept a connection above the limit. */
  private static final int ACCEPTORS = 1;

  /** Minimum idle time before a new connection is closed: its first request may be on its way. */
  private static final Duration NEW = Duration.ofSeconds(3);

  /**
   * If an idle timeout is noticed later than this, the process is assumed to have been suspended.
   */
  private static final Duration LATE = Duration.ofSeconds(1);

  /** Maximum time that the stopping server waits for the requests in progress. */
  private static final Duration STOP_WITHIN = Duration.ofSeconds(3);

  private final int most;
  private final AtomicLong opened = new AtomicLong();

  /** Accepted connections that are not closed; Jetty opens them shortly after accepting them. */
  private final Set<SelectableChannel> accepted = ConcurrentHashMap.newKeySet();

  /** Open connections and their positions in the order of opening. */
  private final Map<EndPoint, Long> positions = new ConcurrentHashMap<>();

  /** Requests by connection: Jetty reports a connection that waits for a body as idle. */
  private final Map<EndPoint, Request> inProgress = new ConcurrentHashMap<>();

  private OpenConnections(int most) {
    this.most = most;
  }

  /** Maximum number of connections that the free files of this process allow at the start. */
  static int most() {
    return (int) Math.min(MAX_CONNECTIONS, OpenFiles.now().forConnections());
  }

  /** A connector with at most {@code most} open connections. */
  static ServerConnector connector(Server server, HttpConnectionFactory http, int most) {
    var connections = new OpenConnections(most);
    http.getHttpConfiguration().addCustomizer((request, _) -> connections.begin(request));
    var connector =
        new ServerConnector(server, ACCEPTORS, -1, http) {
          @Override
          public void accept(int acceptor) throws IOException {
            connections.awaitRoom();
            super.accept(acceptor);
          }

          @Override
          protected void doStop() throws Exception {
            close();
            connections.awaitRequests();
            super.doStop();
          }

          @Override
          protected SocketChannelEndPoint newEndPoint(
              SocketChannel channel, ManagedSelector selector, SelectionKey key) {
            var endPoint = new SuspensionAwareEndPoint(channel, selector, key, getScheduler());
            endPoint.setIdleTimeout(getIdleTimeout());
            return endPoint;
          }
        };
    connector.addBean(connections);
    return connector;
  }

  @Override
  public void onAccepting(SelectableChannel channel) {
    accepted.add(channel);
  }

  @Override
  public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
    onClosed(channel);
  }

  @Override
  public void onClosed(SelectableChannel channel) {
    accepted.remove(channel);
    wakeWaiting();
  }

  @Override
  public void onOpened(Connection connection) {
    positions.put(connection.getEndPoint(), opened.incrementAndGet());
  }

  @Override
  public void onClosed(Connection connection) {
    positions.remove(connection.getEndPoint());
    inProgress.remove(connection.getEndPoint());
  }

  private Request begin(Request request) {
    var endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    inProgress.put(endPoint, request);
    Request.addCompletionListener(
        request, _ -> inProgress.remove(endPoint, request)); // the next request may have begun
    return request;
  }

  private synchronized void wakeWaiting() {
    notifyAll();
  }

  private synchronized void awaitRoom() throws ClosedByInterruptException {
    try {
      while (accepted.size() >= most) {
        makeRoom();
        wait(RETRY_INTERVAL.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClosedByInterruptException(); // the connector is stopping
    }
  }

  private synchronized void awaitRequests() throws InterruptedException {
    var deadline = new Deadline(STOP_WITHIN);
    while (!inProgress.isEmpty() && !deadline.passed()) {
      wait(RETRY_INTERVAL.toMillis());
    }
  }

  /** Closes idle connections. Another thread completes the closing. */
  private void makeRoom() {
    var open = positions.keySet().stream().filter(EndPoint::isOpen).toList();
    int closing = positions.size() - open.size();
    open.stream()
        .filter(AbstractEndPoint.class::isInstance)
        .map(AbstractEndPoint.class::cast)
        .filter(AbstractEndPoint::isFillInterested)
        .filter(one -> !inProgress.containsKey(one))
        .map(one -> new Idle(one, one.getIdleFor(), positions.getOrDefault(one, 0L)))
        .filter(
            idle -> idle.position() <= opened.get() - most / 2 || idle.idleFor() >= NEW.toMillis())
        .sorted(
            Comparator.comparingLong(Idle::idleFor).reversed().thenComparingLong(Idle::position))
        .limit(Math.max(0, 1 + accepted.size() - closing - most))
        .forEach(idle -> idle.endPoint().close());
  }

  /**
   * Restarts the idle timeout of a connection if the timeout was noticed late. In this case the
   * process did not run for some time, as in a paused virtual machine, and a request may have
   * arrived in the meantime.
   */
  private static final class SuspensionAwareEndPoint extends SocketChannelEndPoint {
    SuspensionAwareEndPoint(
        SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
      super(channel, selector, key, scheduler);
    }

    @Override
    protected void onIdleExpired(TimeoutException timeout) {
      if (getIdleFor() < getIdleTimeout() + LATE.toMillis()) {
        super.onIdleExpired(timeout);
      }
    }
  }

  /**
   * @param idleFor idle time in milliseconds, which is often equal for many connections
   * @param position number of the connection in the order of opening
   */
  private record Idle(AbstractEndPoint endPoint, long idleFor, long position) {}
}

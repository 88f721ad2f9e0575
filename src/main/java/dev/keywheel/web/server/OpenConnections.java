package dev.keywheel.web.server;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;

/**
 * Limits the connections of browsers, because each takes an open file and a process without free
 * files fails entirely. Above the limit, the connections that have been idle longest are closed;
 * never one with a request in progress, and none of the newest, whose first request may be on its
 * way.
 */
final class OpenConnections implements Connection.Listener {
  private static final int MOST = 20_000;

  private final int most;
  private final AtomicLong opened = new AtomicLong();

  /** Those that are open, with their positions. */
  private final Map<EndPoint, Long> positions = new ConcurrentHashMap<>();

  OpenConnections(int most) {
    this.most = most;
  }

  static int most() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? most(system.getMaxFileDescriptorCount(), system.getOpenFileDescriptorCount())
        : MOST;
  }

  /** Half of the files that the process may open besides those that are open at the start. */
  static int most(long files, long open) {
    return Math.clamp((files - open) / 2, 1, MOST);
  }

  @Override
  public void onOpened(Connection connection) {
    positions.put(connection.getEndPoint(), opened.incrementAndGet());
    if (positions.size() > most) {
      makeRoom();
    }
  }

  @Override
  public void onClosed(Connection connection) {
    positions.remove(connection.getEndPoint());
  }

  private synchronized void makeRoom() {
    var open = positions.keySet().stream().filter(EndPoint::isOpen).toList();
    open.stream()
        .filter(AbstractEndPoint.class::isInstance)
        .map(AbstractEndPoint.class::cast)
        .filter(AbstractEndPoint::isFillInterested)
        .map(one -> new Idle(one, one.getIdleFor(), positions.getOrDefault(one, 0L)))
        .filter(idle -> idle.position() <= opened.get() - most / 2)
        .sorted(
            Comparator.comparingLong(Idle::idleFor).reversed().thenComparingLong(Idle::position))
        .limit(Math.max(0, open.size() - most))
        .forEach(idle -> idle.endPoint().close());
  }

  /**
   * @param idleFor in milliseconds, within which many connections may be opened
   * @param position among all connections, in the order in which they were opened
   */
  private record Idle(AbstractEndPoint endPoint, long idleFor, long position) {}
}

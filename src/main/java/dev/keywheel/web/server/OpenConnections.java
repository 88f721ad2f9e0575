package dev.keywheel.web.server;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Comparator;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Limits the connections of browsers, because each takes an open file and a process without free
 * files fails entirely. Above the limit, the connections that have been idle longest are closed;
 * never one with a request in progress.
 */
final class OpenConnections implements Connection.Listener {
  private static final int MOST = 20_000;

  private final ServerConnector connector;
  private final int most;

  OpenConnections(ServerConnector connector, int most) {
    this.connector = connector;
    this.most = most;
  }

  static int most() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? most(system.getMaxFileDescriptorCount())
        : MOST;
  }

  /** Half of the files that the process may open. */
  static int most(long files) {
    return (int) Math.min(MOST, files / 2);
  }

  @Override
  public void onOpened(Connection opened) {
    if (connector.getConnectedEndPoints().size() > most) {
      makeRoom();
    }
  }

  private synchronized void makeRoom() {
    var open = connector.getConnectedEndPoints().stream().filter(EndPoint::isOpen).toList();
    open.stream()
        .filter(AbstractEndPoint.class::isInstance)
        .map(AbstractEndPoint.class::cast)
        .filter(AbstractEndPoint::isFillInterested)
        .sorted(Comparator.comparingLong(AbstractEndPoint::getIdleFor).reversed())
        .limit(Math.max(0, open.size() - most))
        .forEach(AbstractEndPoint::close);
  }
}

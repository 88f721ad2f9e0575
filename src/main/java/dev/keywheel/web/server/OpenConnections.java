package dev.keywheel.web.server;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Comparator;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Bounds the connections of browsers, each of which takes an open file: without spare files nothing
 * works any more, not even for who is signed in. What is too many closes those that have waited
 * longest for a request; one that is being answered is never closed.
 */
final class OpenConnections implements Connection.Listener {
  private static final int MOST = 20_000;

  private final ServerConnector connector;
  private final int most;

  OpenConnections(ServerConnector connector, int most) {
    this.connector = connector;
    this.most = most;
  }

  /** Half of the files that this process may have open. */
  static int most() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? (int) Math.min(MOST, system.getMaxFileDescriptorCount() / 2)
        : MOST;
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

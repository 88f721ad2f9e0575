package dev.keywheel.db.embedded;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.random.RandomGenerator;

/** Finds a free port for a server program that cannot choose a port itself. */
public final class FreePort {
  private static final int MAX_TRIED = 100;

  private FreePort() {}

  /**
   * Returns a free port of the loopback address, below the range from which Linux chooses ports for
   * connections and for servers without a port of their own. Otherwise, another program could get
   * the port before the server listens on it; a new database takes seconds until then.
   *
   * @throws BindException if none of a hundred ports could be opened
   */
  public static int find(RandomGenerator random) throws IOException {
    for (int tried = 1; ; tried++) {
      int port = random.nextInt(20_000, 32_768);
      try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException taken) {
        if (tried == MAX_TRIED) {
          throw taken;
        }
      }
    }
  }
}

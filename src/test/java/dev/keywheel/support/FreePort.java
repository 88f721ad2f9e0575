package dev.keywheel.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** A port for a server of another program that cannot choose one itself. */
public final class FreePort {
  private FreePort() {}

  /**
   * Returns a free port below the range from which Linux chooses ports for outgoing connections,
   * because such a connection could take the port while no server listens on it.
   */
  public static int find() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_768);
      try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException taken) {
        // The port is in use; another may be free.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

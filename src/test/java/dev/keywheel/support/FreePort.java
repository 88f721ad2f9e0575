package dev.keywheel.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** A port for a server of another program, which has to be told one. */
public final class FreePort {
  private FreePort() {}

  /**
   * A free port below those from which Linux chooses for outgoing connections, since one of these
   * could take the port while no server listens on it.
   */
  public static int find() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_768);
      try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException taken) {
        // Another may be free.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

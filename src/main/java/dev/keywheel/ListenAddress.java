package dev.keywheel;

import dev.keywheel.config.Config;
import dev.keywheel.db.embedded.EmbeddedDatabase;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;

/** The address on which the web server will listen. */
final class ListenAddress {
  private ListenAddress() {}

  /**
   * Refuses an unusable address before the database is started. Does nothing if the data folder is
   * also in use: the start then fails with the message that another Keywheel is running.
   */
  static void requireUsable(Config config) throws StartProblem {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(config.host(), config.port()));
    } catch (IOException e) {
      boolean alreadyRunning =
          config.database().isEmpty() && EmbeddedDatabase.isInUse(config.data().toAbsolutePath());
      if (!alreadyRunning) {
        throw unusable(config);
      }
    }
  }

  /** The address for browsers on this machine; an IPv6 host gets brackets. */
  static URI url(String host, int port) {
    boolean bare = host.contains(":") && !host.startsWith("[");
    return URI.create("http://" + (bare ? "[" + host + "]" : host) + ":" + port);
  }

  static StartProblem unusable(Config config) {
    return new StartProblem(
        ("Keywheel cannot listen on port %s of %s: another program uses the port, this"
                + " account may not use it, or this machine does not have the address. PORT chooses"
                + " another port (0: a free one), KEYWHEEL_HOST another address.")
            .formatted(config.port(), config.host()));
  }
}

package dev.keywheel.provider.http;

import dev.keywheel.time.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The socket of one key check: opened to the first address that answers, closed by any thread. */
final class Connection implements AutoCloseable {
  /** Bytes of a proxy's answer that are read. */
  private static final int PROXY_LIMIT = 8 << 10;

  private @Nullable Socket socket;
  private boolean late;

  /** The deadline has passed: whatever the connection does ends. */
  synchronized void giveUp() {
    late = true;
    close();
  }

  synchronized boolean late() {
    return late;
  }

  synchronized boolean connected() {
    return socket != null && socket.isConnected();
  }

  /** Connects to one address after the other; each but the last gets its share of the time. */
  Socket to(List<InetAddress> addresses, int port, Deadline deadline) throws IOException {
    IOException broken = null;
    for (int i = 0; i < addresses.size(); i++) {
      long left = deadline.left().toMillis() / (addresses.size() - i);
      Socket next = fresh();
      try {
        next.setTcpNoDelay(true);
        next.connect(
            new InetSocketAddress(addresses.get(i), port),
            i == addresses.size() - 1 ? 0 : (int) Math.max(1, left));
        return next;
      } catch (IOException notThisOne) {
        broken = notThisOne;
        next.close();
      }
    }
    throw broken == null ? new IOException("no address") : broken;
  }

  /** Asks the proxy that the socket leads to for a way to the host. */
  static void tunnel(Socket proxy, String authority) throws IOException {
    String request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
    proxy.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    proxy.getOutputStream().flush();
    String answer = head(proxy.getInputStream());
    if (!answer.matches("(?s)HTTP/1\\.[01] 2\\d\\d[ \r].*")) {
      throw new IOException("the proxy does not connect to the host");
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.length() < PROXY_LIMIT && head.indexOf("\r\n\r\n") < 0) {
      int read = in.read();
      if (read < 0) {
        break;
      }
      head.append((char) read);
    }
    return head.toString();
  }

  private synchronized Socket fresh() throws IOException {
    if (late) {
      throw new IOException("too late");
    }
    socket = new Socket(java.net.Proxy.NO_PROXY);
    return socket;
  }

  @Override
  public synchronized void close() {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException alreadyBroken) {
      // Closing is all that was wanted.
    }
  }
}

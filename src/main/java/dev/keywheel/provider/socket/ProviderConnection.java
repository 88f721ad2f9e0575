package dev.keywheel.provider.socket;

import dev.keywheel.provider.http.DnsCache;
import dev.keywheel.time.Deadline;
import dev.keywheel.time.Stopwatch;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** One connection: used by one thread at a time, closed by any, which wakes that thread. */
final class ProviderConnection implements AutoCloseable {
  /** Bytes of a proxy's answer that are read. */
  private static final int PROXY_LIMIT = 8 << 10;

  private final Origin origin;
  private @Nullable SocketChannel channel;
  private boolean closed;
  private boolean proxied;
  private Socket socket = new Socket();
  private InputStream in = InputStream.nullInputStream();
  private OutputStream out = OutputStream.nullOutputStream();
  private Stopwatch idle = new Stopwatch();

  ProviderConnection(Origin origin) {
    this.origin = origin;
  }

  Origin origin() {
    return origin;
  }

  /** Whether it leads to a proxy that needs the whole address of each request. */
  boolean isProxied() {
    return proxied;
  }

  /**
   * Connects to one address of the host after the other, or to the proxy.
   *
   * @param within for all of it, with the handshake
   * @throws HttpConnectTimeoutException when it takes longer
   */
  void open(DnsCache host, Optional<InetSocketAddress> proxy, SSLContext tls, Duration within)
      throws IOException {
    var deadline = new Deadline(within);
    proxied = proxy.isPresent() && !origin.encrypted();
    try {
      if (proxy.isPresent()) {
        connect(
            new DnsCache(proxy.get().getHostString()).resolved(deadline),
            proxy.get().getPort(),
            deadline);
        if (origin.encrypted()) {
          tunnel(deadline);
        }
      } else {
        connect(host.resolved(deadline), origin.port(), deadline);
      }
      if (origin.encrypted()) {
        encrypt(tls, host.name(), deadline);
      }
    } catch (SocketTimeoutException late) {
      throw new HttpConnectTimeoutException("no connection in time");
    }
  }

  /** Connects to one address after the other; each gets its share of the time left. */
  void connect(List<InetAddress> addresses, int port, Deadline deadline) throws IOException {
    IOException broken = null;
    for (int i = 0; i < addresses.size(); i++) {
      int millis = millis(deadline) / (addresses.size() - i);
      SocketChannel next = fresh();
      try {
        next.socket().setTcpNoDelay(true);
        next.socket().connect(new InetSocketAddress(addresses.get(i), port), Math.max(1, millis));
        use(next.socket());
        return;
      } catch (IOException notThisOne) {
        broken = notThisOne;
        next.close();
      }
    }
    throw broken == null ? new IOException("no address") : broken;
  }

  private synchronized SocketChannel fresh() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    SocketChannel fresh = SocketChannel.open();
    channel = fresh;
    return fresh;
  }

  private void use(Socket opened) throws IOException {
    socket = opened;
    in = opened.getInputStream();
    out = opened.getOutputStream();
  }

  private static int millis(Deadline deadline) throws SocketTimeoutException {
    return millis(deadline.left());
  }

  private static int millis(Duration left) throws SocketTimeoutException {
    if (!left.isPositive()) {
      throw new SocketTimeoutException();
    }
    return (int) Math.clamp(left.toMillis(), 1, Integer.MAX_VALUE);
  }

  /** Asks the proxy for a way to the host. */
  private void tunnel(Deadline deadline) throws IOException {
    String authority = origin.host() + ":" + origin.port();
    write(
        ("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1));
    var head = new StringBuilder();
    var one = new byte[1];
    while (head.length() < PROXY_LIMIT && head.indexOf("\r\n\r\n") < 0) {
      if (read(one, 0, 1, deadline.left()) < 0) {
        break;
      }
      head.append((char) (one[0] & 0xff));
    }
    if (!head.toString().matches("(?s)HTTP/1\\.[01] 2\\d\\d[ \r].*")) {
      throw new EOFException("the proxy does not connect to the host");
    }
  }

  /** TLS with the host's name checked against its certificate, as a browser does. */
  private void encrypt(SSLContext tls, String host, Deadline deadline) throws IOException {
    var encrypted =
        (SSLSocket) tls.getSocketFactory().createSocket(socket, host, origin.port(), true);
    SSLParameters parameters = encrypted.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    encrypted.setSSLParameters(parameters);
    encrypted.setSoTimeout(millis(deadline));
    encrypted.startHandshake();
    use(encrypted);
  }

  void write(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  /**
   * Number of bytes; -1 at the end.
   *
   * @throws SocketTimeoutException when none arrived in time; the connection can be used further
   */
  int read(byte[] buffer, int from, int length, Duration within) throws IOException {
    socket.setSoTimeout(millis(within));
    return in.read(buffer, from, length);
  }

  /** Begins to be idle. */
  void rest() {
    idle = new Stopwatch();
  }

  Duration idle() {
    return idle.elapsed();
  }

  /**
   * Whether a request may be sent: the other side has neither closed it nor sent anything since the
   * last answer.
   */
  boolean usable() {
    SocketChannel open = opened();
    if (open == null) {
      return false;
    }
    try {
      open.configureBlocking(false);
      int read = open.read(ByteBuffer.allocate(1));
      open.configureBlocking(true);
      return read == 0;
    } catch (IOException broken) {
      return false;
    }
  }

  private synchronized @Nullable SocketChannel opened() {
    return channel;
  }

  /** Without the farewell of TLS, which could wait for a writer. */
  @Override
  public synchronized void close() {
    closed = true;
    SocketChannel open = channel;
    if (open != null) {
      try {
        open.close();
      } catch (IOException alreadyBroken) {
        // Closing is all that was wanted.
      }
    }
  }
}

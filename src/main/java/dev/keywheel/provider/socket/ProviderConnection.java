package dev.keywheel.provider.socket;

import dev.keywheel.provider.http.Observation.TransportError;
import dev.keywheel.provider.http.TransportErrors;
import dev.keywheel.time.Deadline;
import dev.keywheel.time.Stopwatch;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** One connection: has one reader and one writer; any thread may close it, which wakes them. */
final class ProviderConnection implements AutoCloseable {
  /** Bytes of a proxy's answer that are read. */
  private static final int PROXY_LIMIT = 8 << 10;

  private static final Pattern END_OF_HEAD = Pattern.compile("\r?\n\r?\n");
  private static final Pattern TUNNEL = Pattern.compile("HTTP/1\\.[01] 2\\d\\d[ \r\n]");

  private final Origin origin;
  private @Nullable SocketChannel channel;
  private boolean closed;
  private boolean proxied;
  private @Nullable DeadlineSocket socket;
  private InputStream in = InputStream.nullInputStream();
  private OutputStream out = OutputStream.nullOutputStream();
  private Stopwatch idle = new Stopwatch();
  private Duration kept = Duration.ZERO;

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
      DnsCache next = proxy.map(via -> new DnsCache(via.getHostString())).orElse(host);
      int port = proxy.map(InetSocketAddress::getPort).orElse(origin.port());
      DeadlineSocket connected = connect(next.resolved(deadline), port, deadline);
      if (proxy.isPresent() && origin.encrypted()) {
        tunnel(deadline);
      }
      if (origin.encrypted()) {
        encrypt(connected, tls, host.name(), deadline);
      }
    } catch (SocketTimeoutException late) {
      throw new HttpConnectTimeoutException("no connection in time");
    }
  }

  /**
   * Connects to one address after the other; each gets its share of the time left.
   *
   * @throws IOException the first failure, with the others suppressed
   */
  DeadlineSocket connect(List<InetAddress> addresses, int port, Deadline deadline)
      throws IOException {
    IOException first = null;
    for (int i = 0; i < addresses.size(); i++) {
      SocketChannel next = fresh();
      try {
        int millis = DeadlineSocket.millis(deadline) / (addresses.size() - i);
        next.socket().setTcpNoDelay(true);
        next.socket().connect(new InetSocketAddress(addresses.get(i), port), Math.max(1, millis));
        var connected = new DeadlineSocket(next.socket());
        socket = connected;
        use(connected);
        return connected;
      } catch (IOException notThisOne) {
        next.close();
        if (first == null) {
          first = notConnected(notThisOne);
        } else {
          first.addSuppressed(notThisOne);
        }
      }
    }
    throw first == null ? new IOException("no address") : first;
  }

  /** The exception for a connection that could not be made, after which nothing was sent. */
  private static IOException notConnected(IOException failure) {
    if (!(failure instanceof SocketException)
        || TransportErrors.of(failure) != TransportError.RESET) {
      return failure;
    }
    boolean noRoute = String.valueOf(failure.getMessage()).contains("unreachable");
    var known =
        noRoute
            ? new NoRouteToHostException(failure.getMessage())
            : new ConnectException(failure.getMessage());
    known.initCause(failure);
    return known;
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
    in = opened.getInputStream();
    out = opened.getOutputStream();
  }

  /** Asks the proxy for a way to the host. */
  private void tunnel(Deadline deadline) throws IOException {
    String authority = origin.host() + ":" + origin.port();
    write(
        ("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1));
    var head = new StringBuilder();
    var one = new byte[1];
    while (head.length() < PROXY_LIMIT && !END_OF_HEAD.matcher(head).find()) {
      if (read(one, 0, 1, deadline) < 0) {
        break;
      }
      head.append((char) (one[0] & 0xff));
    }
    if (!TUNNEL.matcher(head).lookingAt()) {
      throw new ConnectException("the proxy does not connect to the host");
    }
  }

  /** TLS with the host's name checked against its certificate, as a browser does. */
  private void encrypt(DeadlineSocket under, SSLContext tls, String host, Deadline deadline)
      throws IOException {
    var encrypted =
        (SSLSocket) tls.getSocketFactory().createSocket(under, host, origin.port(), true);
    SSLParameters parameters = encrypted.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    encrypted.setSSLParameters(parameters);
    under.limit(deadline);
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
  int read(byte[] buffer, int from, int length, Deadline deadline) throws IOException {
    DeadlineSocket limited = socket;
    if (limited != null) {
      limited.limit(deadline);
    }
    return in.read(buffer, from, length);
  }

  /** Whether TLS has decrypted bytes that were not read; {@link #usable} sees only the others. */
  boolean hasMore() {
    try {
      return origin.encrypted() && in.available() > 0;
    } catch (IOException broken) {
      return true;
    }
  }

  /**
   * Begins to be idle.
   *
   * @param most how long it may be used again
   */
  void rest(Duration most) {
    idle = new Stopwatch();
    kept = most;
  }

  boolean isExpired() {
    return idle.elapsed().compareTo(kept) >= 0;
  }

  /**
   * Whether a request may be sent: the provider has neither closed the connection nor sent anything
   * since the last answer.
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

  /** Sends no close_notify of TLS, which could wait for a writer. */
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

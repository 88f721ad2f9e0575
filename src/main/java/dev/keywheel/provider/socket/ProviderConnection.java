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
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.http.HttpConnectTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/** A connection with one reader and one writer. Any thread may close it, which wakes both. */
final class ProviderConnection implements AutoCloseable {
  /** Maximum bytes of a proxy's answer. */
  private static final int PROXY_LIMIT = 8 << 10;

  /** Seconds without traffic, seconds between the probes after it, and the number of probes. */
  private static final Map<SocketOption<Integer>, Integer> KEEP_ALIVE =
      Map.of(
          ExtendedSocketOptions.TCP_KEEPIDLE, 30,
          ExtendedSocketOptions.TCP_KEEPINTERVAL, 10,
          ExtendedSocketOptions.TCP_KEEPCOUNT, 3);

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

  /** Whether the connection leads to a proxy that needs the absolute URL in each request. */
  boolean isProxied() {
    return proxied;
  }

  /**
   * Connects to the first address that accepts a connection.
   *
   * @param next the proxy, or the host of the origin without one
   * @param within time limit in total, including the TLS handshake
   * @throws HttpConnectTimeoutException when the time limit passes after the DNS lookup
   */
  void open(DnsCache next, Optional<InetSocketAddress> proxy, SSLContext tls, Duration within)
      throws IOException {
    var deadline = new Deadline(within);
    proxied = proxy.isPresent() && !origin.encrypted();
    try {
      int port = proxy.map(InetSocketAddress::getPort).orElse(origin.port());
      DeadlineSocket connected = connect(next.resolve(deadline), port, deadline);
      if (proxy.isPresent() && origin.encrypted()) {
        openTunnel(deadline);
      }
      if (origin.encrypted()) {
        encrypt(connected, tls, deadline);
      }
    } catch (SocketTimeoutException late) {
      throw new HttpConnectTimeoutException("the connection timed out");
    }
  }

  /**
   * Tries one address after the other; each attempt gets an equal share of the remaining time.
   *
   * @throws IOException the first failure, with the others suppressed
   */
  DeadlineSocket connect(List<InetAddress> addresses, int port, Deadline deadline)
      throws IOException {
    IOException first = null;
    for (int i = 0; i < addresses.size(); i++) {
      SocketChannel next = openChannel();
      try {
        int millis = DeadlineSocket.millis(deadline) / (addresses.size() - i);
        next.socket().setTcpNoDelay(true);
        enableKeepAlive(next);
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

  /**
   * Makes the system probe a connection without traffic, so that it breaks within a minute when the
   * provider or the network is gone. A call that is not streamed waits up to 10 min for its first
   * byte. The probes also keep routers on the path from dropping a silent connection.
   */
  private static void enableKeepAlive(SocketChannel channel) throws IOException {
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    for (var option : KEEP_ALIVE.entrySet()) {
      if (channel.supportedOptions().contains(option.getKey())) {
        channel.setOption(option.getKey(), option.getValue());
      }
    }
  }

  /** Replaces a reset while connecting with an exception that shows that nothing was sent. */
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

  private synchronized SocketChannel openChannel() throws IOException {
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

  private void openTunnel(Deadline deadline) throws IOException {
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

  /** Starts TLS and verifies the host name against the certificate. */
  private void encrypt(DeadlineSocket under, SSLContext tls, Deadline deadline) throws IOException {
    String host = DnsCache.withoutBrackets(origin.host());
    var encrypted =
        (SSLSocket) tls.getSocketFactory().createSocket(under, host, origin.port(), true);
    SSLParameters parameters = encrypted.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    encrypted.setSSLParameters(parameters);
    under.setDeadline(deadline);
    encrypted.startHandshake();
    use(encrypted);
  }

  void write(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  /**
   * Returns the number of bytes read; -1 at the end of the connection.
   *
   * @throws SocketTimeoutException when no byte arrived in time; the connection stays usable
   */
  int read(byte[] buffer, int from, int length, Deadline deadline) throws IOException {
    DeadlineSocket limited = socket;
    if (limited != null) {
      limited.setDeadline(deadline);
    }
    return in.read(buffer, from, length);
  }

  /** Whether TLS has decrypted unread bytes, which {@link #usable} cannot detect. */
  boolean hasMore() {
    try {
      return origin.encrypted() && in.available() > 0;
    } catch (IOException broken) {
      return true;
    }
  }

  /**
   * Marks the connection as idle.
   *
   * @param reusableFor how long the idle connection may be reused
   */
  void markIdle(Duration reusableFor) {
    idle = new Stopwatch();
    kept = reusableFor;
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

  /** Closes the connection without a TLS close_notify, which could wait for the writing thread. */
  @Override
  public synchronized void close() {
    closed = true;
    SocketChannel open = channel;
    if (open != null) {
      try {
        open.close();
      } catch (IOException alreadyBroken) {
        // The connection is no longer used, so an error while closing it does not matter.
      }
    }
  }
}

package dev.keywheel.provider.http;

import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Failed;
import dev.keywheel.provider.http.Observation.TransportError;
import dev.keywheel.time.Deadline;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * One GET over a connection of its own, blocking a virtual thread: the leanest way to ask for
 * thousands of keys at the same time.
 *
 * <p>The JDK's HTTP client serves every other request. For the key check it costs too much: with
 * 10,000 checks at once over new connections it takes about twice the time and four times the
 * memory of bare sockets, since all its connections share one selector thread and each exchange is
 * several tasks.
 *
 * <p>One watchdog thread closes the connection when its deadline passes, which ends connecting,
 * handshake, writing and reading alike, however slowly the other side drips.
 */
public final class SocketHttpClient implements AutoCloseable {
  /** Bytes of headers and body that are read; the answer to a key check has about two thousand. */
  private static final int LIMIT = 64 << 10;

  private final Supplier<@Nullable ProxySelector> proxies;
  private final SSLContext tls;
  private final URI address;
  private final DnsCache host;
  private final boolean encrypted;
  private final int port;
  private final String headers;
  private final ScheduledThreadPoolExecutor watchdog;

  public SocketHttpClient(URI address, String userAgent, SSLContext tls) {
    this(address, userAgent, tls, ProxySelector::getDefault);
  }

  /**
   * @param proxies asked for each check, as the JDK's HTTP client does
   */
  SocketHttpClient(
      URI address, String userAgent, SSLContext tls, Supplier<@Nullable ProxySelector> proxies) {
    this.proxies = proxies;
    this.tls = tls;
    this.address = address;
    this.host = new DnsCache(address.getHost());
    this.encrypted = "https".equalsIgnoreCase(address.getScheme());
    int standard = encrypted ? 443 : 80;
    this.port = address.getPort() < 0 ? standard : address.getPort();
    this.headers =
        "Host: "
            + address.getRawAuthority()
            + "\r\nUser-Agent: "
            + userAgent
            + "\r\nAccept: application/json\r\nConnection: close\r\n";
    this.watchdog =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("key-check-deadlines").factory());
    this.watchdog.setRemoveOnCancelPolicy(true);
  }

  public Observation get(BearerCredential key, Duration limit) {
    return GzipBody.unpacked(answer(key, limit), LIMIT);
  }

  private Observation answer(BearerCredential key, Duration limit) {
    var deadline = new Deadline(limit);
    var answer = new Http1ResponseReader(LIMIT);
    var connection = new Connection();
    try (connection) {
      ScheduledFuture<?> alarm =
          watchdog.schedule(connection::giveUp, limit.toMillis(), TimeUnit.MILLISECONDS);
      try {
        End how = exchange(connection, key, answer, deadline);
        return answer.soFar(how).orElseThrow(() -> new IOException("no headers"));
      } finally {
        alarm.cancel(false);
      }
    } catch (IOException broken) {
      return ended(answer, broken, connection);
    } catch (RejectedExecutionException closed) {
      return new Failed(TransportError.INTERRUPTED);
    }
  }

  private End exchange(
      Connection connection, BearerCredential key, Http1ResponseReader answer, Deadline deadline)
      throws IOException {
    var proxy = proxy();
    Socket socket =
        proxy.isEmpty()
            ? connection.to(host.resolved(deadline), port, deadline)
            : connection.to(
                new DnsCache(proxy.get().getHostString()).resolved(deadline),
                proxy.get().getPort(),
                deadline);
    if (proxy.isPresent() && encrypted) {
      Connection.tunnel(socket, address.getHost() + ":" + port);
    }
    Socket channel = encrypted ? encrypted(socket) : socket;
    OutputStream out = channel.getOutputStream();
    String target = proxy.isPresent() && !encrypted ? address.toString() : address.getRawPath();
    String request =
        "GET " + target + " HTTP/1.1\r\n" + headers + "Authorization: " + key.value() + "\r\n\r\n";
    out.write(request.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    return answer.readFrom(channel.getInputStream());
  }

  /** The proxy that the JDK's HTTP client would use, so that checks and calls go the same way. */
  private Optional<InetSocketAddress> proxy() {
    var selector = proxies.get();
    return selector == null
        ? Optional.empty()
        : selector.select(address).stream()
            .filter(proxy -> proxy.type() == Proxy.Type.HTTP)
            .map(proxy -> (InetSocketAddress) proxy.address())
            .findFirst();
  }

  /** TLS with the host's name checked against its certificate, as a browser does. */
  private Socket encrypted(Socket plain) throws IOException {
    var socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, host.name(), port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static Observation ended(
      Http1ResponseReader answer, IOException broken, Connection connection) {
    if (connection.late()) {
      TransportError transportError =
          connection.connected() ? TransportError.TIMEOUT : TransportError.CONNECT_TIMEOUT;
      return answer.soFar(End.LATE).orElseGet(() -> new Failed(transportError));
    }
    if (Thread.currentThread().isInterrupted()) {
      return new Failed(TransportError.INTERRUPTED);
    }
    return answer.soFar(End.CUT).orElseGet(() -> new Failed(TransportErrors.of(broken)));
  }

  /** Refuses further checks; those in progress end on their own. */
  @Override
  public void close() {
    watchdog.shutdownNow();
  }
}

package dev.keywheel.provider;

import dev.keywheel.provider.Observation.End;
import dev.keywheel.provider.Observation.Loss;
import dev.keywheel.provider.Observation.Lost;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

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
final class DirectGet implements AutoCloseable {
  /** Bytes of headers and body that are read; the answer to a key check has about two thousand. */
  private static final int LIMIT = 64 << 10;

  private final SSLContext tls;
  private final HostAddress host;
  private final boolean encrypted;
  private final int port;
  private final String head;
  private final ScheduledThreadPoolExecutor watchdog;

  DirectGet(URI address, String userAgent, SSLContext tls) {
    this.tls = tls;
    this.host = new HostAddress(address.getHost());
    this.encrypted = "https".equalsIgnoreCase(address.getScheme());
    int standard = encrypted ? 443 : 80;
    this.port = address.getPort() < 0 ? standard : address.getPort();
    this.head =
        "GET "
            + address.getRawPath()
            + " HTTP/1.1\r\nHost: "
            + address.getRawAuthority()
            + "\r\nUser-Agent: "
            + userAgent
            + "\r\nAccept: application/json\r\nConnection: close\r\n";
    this.watchdog =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("key-check-deadlines").factory());
    this.watchdog.setRemoveOnCancelPolicy(true);
  }

  Observation get(KeyHeader key, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    var late = new AtomicBoolean();
    var answer = new PlainAnswer(LIMIT);
    var socket = new Socket();
    try (socket) {
      ScheduledFuture<?> alarm =
          watchdog.schedule(() -> giveUp(socket, late), deadline.toMillis(), TimeUnit.MILLISECONDS);
      try {
        End how = exchange(socket, key, answer, end);
        return answer.soFar(how).orElseThrow(() -> new IOException("no headers"));
      } finally {
        alarm.cancel(false);
      }
    } catch (IOException broken) {
      return ended(answer, broken, late.get(), socket.isConnected());
    } catch (RejectedExecutionException closed) {
      return new Lost(Loss.INTERRUPTED);
    }
  }

  private static void giveUp(Socket socket, AtomicBoolean late) {
    late.set(true);
    try {
      socket.close();
    } catch (IOException alreadyBroken) {
      // Closing is all that was wanted.
    }
  }

  private End exchange(Socket socket, KeyHeader key, PlainAnswer answer, long end)
      throws IOException {
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(host.resolved(end), port));
    Socket channel = encrypted ? encrypted(socket) : socket;
    OutputStream out = channel.getOutputStream();
    String request = head + "Authorization: " + key.value() + "\r\n\r\n";
    out.write(request.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    return answer.readFrom(channel.getInputStream());
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
      PlainAnswer answer, IOException broken, boolean late, boolean connected) {
    if (late) {
      Loss loss = connected ? Loss.TIMEOUT : Loss.CONNECT_TIMEOUT;
      return answer.soFar(End.LATE).orElseGet(() -> new Lost(loss));
    }
    if (Thread.currentThread().isInterrupted()) {
      return new Lost(Loss.INTERRUPTED);
    }
    return answer.soFar(End.CUT).orElseGet(() -> new Lost(Losses.of(broken)));
  }

  /** No check can begin any more; those that run end by themselves. */
  @Override
  public void close() {
    watchdog.shutdownNow();
  }
}

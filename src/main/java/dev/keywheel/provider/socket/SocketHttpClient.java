package dev.keywheel.provider.socket;

import dev.keywheel.provider.http.BearerCredential;
import dev.keywheel.provider.http.Observation;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Failed;
import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.provider.http.Observation.TransportError;
import dev.keywheel.provider.socket.UpstreamExchange.Aborted;
import dev.keywheel.provider.socket.UpstreamExchange.Bytes;
import dev.keywheel.provider.socket.UpstreamExchange.Head;
import dev.keywheel.provider.socket.UpstreamExchange.Nothing;
import java.io.ByteArrayOutputStream;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Sends each GET over its own connection and blocks a virtual thread: the cheapest way to check
 * thousands of keys at the same time.
 *
 * <p>One watchdog thread aborts an exchange when its deadline passes. This ends connecting,
 * handshake, writing and reading, even if the server sends single bytes slowly.
 */
public final class SocketHttpClient implements AutoCloseable {
  /** Maximum bytes of a body; the answer to a key check has about two thousand. */
  private static final int MAX_BODY_BYTES = 64 << 10;

  private final URI address;
  private final Map<String, String> headers;
  private final RelayClient connections;
  private final ScheduledThreadPoolExecutor watchdog;

  public SocketHttpClient(URI address, String userAgent, SSLContext tls) {
    this(address, userAgent, tls, ProxySelector::getDefault);
  }

  /**
   * @param proxies queried for each check, as the JDK's HTTP client does
   */
  SocketHttpClient(
      URI address, String userAgent, SSLContext tls, Supplier<@Nullable ProxySelector> proxies) {
    this.address = address;
    this.headers =
        Map.of("user-agent", userAgent, "accept", "application/json", "connection", "close");
    this.connections = new RelayClient(Duration.ZERO, tls, proxies);
    this.watchdog =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("key-check-deadlines").factory());
    this.watchdog.setRemoveOnCancelPolicy(true);
  }

  public Observation get(BearerCredential key, Duration limit) {
    UpstreamExchange exchange = connections.get(address, headers, key, limit);
    try {
      ScheduledFuture<?> alarm =
          watchdog.schedule(exchange::abort, limit.toMillis(), TimeUnit.MILLISECONDS);
      try {
        return new Answer().read(exchange);
      } finally {
        alarm.cancel(false);
      }
    } catch (RejectedExecutionException closed) {
      return new Failed(TransportError.INTERRUPTED);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return new Failed(TransportError.INTERRUPTED);
    } finally {
      exchange.close();
    }
  }

  /** The part of an answer that has been received. */
  private static final class Answer {
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private @Nullable Head head;

    Observation read(UpstreamExchange exchange) throws InterruptedException {
      while (true) {
        switch (exchange.next()) {
          case Head came -> head = came;
          case Bytes(List<ByteBuffer> parts) -> {
            for (ByteBuffer part : parts) {
              if (!add(part)) {
                return soFar(End.TOO_BIG, TransportError.RESET);
              }
            }
          }
          case UpstreamExchange.End _ -> {
            return soFar(End.WHOLE, TransportError.RESET);
          }
          case UpstreamExchange.Failed(TransportError error) -> {
            return soFar(End.CUT, error);
          }
          case Nothing _, Aborted _ -> {
            return soFar(
                End.LATE,
                exchange.isConnected() ? TransportError.TIMEOUT : TransportError.CONNECT_TIMEOUT);
          }
        }
      }
    }

    /** Appends a part; false when the limit cuts it off. */
    private boolean add(ByteBuffer part) {
      var bytes = new byte[Math.min(part.remaining(), MAX_BODY_BYTES - body.size())];
      part.get(bytes);
      body.writeBytes(bytes);
      return !part.hasRemaining();
    }

    private Observation soFar(End end, TransportError withoutHead) {
      return head == null
          ? new Failed(withoutHead)
          : new Reply(head.status(), head.headers(), body.toByteArray(), end);
    }
  }

  /** Refuses further checks. Checks in progress continue until their deadline. */
  @Override
  public void close() {
    watchdog.shutdown();
  }
}

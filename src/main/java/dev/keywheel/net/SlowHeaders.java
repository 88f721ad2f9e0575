package dev.keywheel.net;

import dev.keywheel.time.Stopwatch;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes connections whose request headers do not arrive in time. Jetty limits only the time
 * between two bytes, so a client that sends a byte a second could hold its connection for hours.
 */
public final class SlowHeaders extends AbstractLifeCycle implements Connection.Listener {
  private static final Logger log = LoggerFactory.getLogger(SlowHeaders.class);

  /** Number of checks within the time limit. */
  private static final int CHECKS = 6;

  private final Duration limit;
  private final Map<EndPoint, Headers> open = new ConcurrentHashMap<>();
  private final CountDownLatch stopped = new CountDownLatch(1);

  private SlowHeaders(Duration limit) {
    this.limit = limit;
  }

  /**
   * Closes the connections of this connector whose request headers are late.
   *
   * @param limit the time from the first byte of the headers; a connection is closed up to half of
   *     this time after it
   */
  public static void install(ServerConnector connector, HttpConfiguration http, Duration limit) {
    var slow = new SlowHeaders(limit);
    http.addCustomizer((request, _) -> slow.begin(request));
    connector.addBean(slow);
  }

  /** The requests of one connection; only the checking thread uses the last four fields. */
  private static final class Headers {
    private final Connection connection;
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private int checked = -1;
    private boolean wasIdle;
    private long bytes;
    private @Nullable Stopwatch since;

    private Headers(Connection connection) {
      this.connection = connection;
    }

    /**
     * Whether the headers of the next request began to arrive at least {@code limit} ago. Bytes
     * count as headers only if no request was in progress at the previous check either; otherwise
     * they may be the last bytes of a body.
     */
    private boolean areLate(Duration limit) {
      int requests = begun.get();
      boolean idle = ended.get() >= requests;
      long received = connection.getBytesIn();
      if (requests != checked || !idle || !wasIdle) {
        checked = requests;
        wasIdle = idle;
        bytes = received;
        since = null;
      } else if (received != bytes) {
        since = since == null ? new Stopwatch() : since;
        return since.elapsed().compareTo(limit) >= 0;
      }
      return false;
    }
  }

  @Override
  public void onOpened(Connection connection) {
    open.put(connection.getEndPoint(), new Headers(connection));
  }

  @Override
  public void onClosed(Connection connection) {
    open.remove(connection.getEndPoint());
  }

  private Request begin(Request request) {
    Headers headers = open.get(request.getConnectionMetaData().getConnection().getEndPoint());
    if (headers != null) {
      headers.begun.incrementAndGet();
      Request.addCompletionListener(request, _ -> headers.ended.incrementAndGet());
    }
    return request;
  }

  @Override
  protected void doStart() {
    Thread.ofVirtual().name("slow-headers").start(this::run);
  }

  @Override
  protected void doStop() {
    stopped.countDown();
  }

  private void check(EndPoint endPoint, Headers headers) {
    try {
      if (headers.areLate(limit)) {
        endPoint.close();
      }
    } catch (RuntimeException e) {
      log.warn("A connection whose headers arrive slowly could not be closed: {}", e.toString());
    }
  }

  private void run() {
    try {
      while (!stopped.await(limit.toMillis() / CHECKS, TimeUnit.MILLISECONDS)) {
        open.forEach(this::check);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

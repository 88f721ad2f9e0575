package dev.keywheel.web.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.SelectableChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("full")
class OpenConnectionsTest {
  private static final int BOUND = 20;

  /** Fits into the accept queue: a client retries a refused connection only after a second. */
  private static final int MANY = 2 * BOUND;

  private final Server server = new Server();
  private final AtomicInteger most = new AtomicInteger();
  private final ServerConnector connector =
      OpenConnections.connector(server, new HttpConnectionFactory(), BOUND);
  private final CountDownLatch begun = new CountDownLatch(BOUND / 2);
  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicBoolean reads = new AtomicBoolean();
  private final List<Socket> sockets = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    connector.addBean(new Count(most));
    server.addConnector(connector);
    server.setHandler(new Pages());
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    end.countDown();
    for (var socket : sockets) {
      socket.close();
    }
    server.stop();
  }

  @RepeatedTest(5) // all are opened within a millisecond or two
  void idle_connections_are_closed_for_new_ones_and_the_limit_is_never_exceeded() {
    for (int i = 0; i < MANY; i++) {
      connect();
    }
    assertThat(pageStatus()).isEqualTo(200);
    assertThat(most.get()).isBetween(BOUND / 2, BOUND);
  }

  @Test
  void the_newest_connections_make_room_when_they_have_been_idle_for_some_seconds()
      throws Exception {
    connector.setIdleTimeout(Duration.ofMinutes(5).toMillis());
    for (int i = 0; i < BOUND / 2; i++) {
      send(connect(), "GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    begun.await();
    for (int i = 0; i < BOUND / 2; i++) {
      connect();
    }
    assertThat(pageStatus()).isEqualTo(200);
  }

  @Test
  void an_upload_that_waits_for_its_next_packet_is_not_closed() throws Exception {
    var upload = connect();
    send(upload, "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nabc");
    Await.until(
        "the server waits for the rest",
        () ->
            connector.getConnectedEndPoints().stream()
                .anyMatch(one -> ((AbstractEndPoint) one).isFillInterested() && reads.get()));
    for (int i = 0; i < MANY; i++) {
      connect();
    }
    assertThat(pageStatus()).isEqualTo(200);
    send(upload, "def");
    assertThat(new String(upload.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
        .isEqualTo("HTTP/1.1 200");
  }

  @Test
  void a_stop_waits_for_the_requests_in_progress() throws Exception {
    var request = connect();
    send(request, "GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n");
    Await.until("the request is in progress", () -> begun.getCount() < BOUND / 2);
    var stop = Thread.ofPlatform().start(this::stopServer);
    Await.until("no connection is accepted", () -> !connector.isOpen());
    end.countDown();
    assertThat(new String(request.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
        .isEqualTo("HTTP/1.1 200");
    stop.join();
  }

  private void stopServer() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private int pageStatus() {
    return new HttpBrowser(URI.create("http://127.0.0.1:" + connector.getLocalPort()))
        .get("/")
        .status();
  }

  private static void send(Socket socket, String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(StandardCharsets.US_ASCII));
  }

  private Socket connect() {
    try {
      var socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort());
      sockets.add(socket);
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Also counts connections that are accepted but not yet opened, because each of them needs a file
   * as well.
   */
  private static final class Count implements SelectorManager.AcceptListener {
    private final AtomicInteger most;
    private final Set<SelectableChannel> accepted = ConcurrentHashMap.newKeySet();

    Count(AtomicInteger most) {
      this.most = most;
    }

    @Override
    public void onAccepting(SelectableChannel channel) {
      accepted.add(channel);
      accepted.removeIf(one -> !one.isOpen());
      most.accumulateAndGet(accepted.size(), Math::max);
    }
  }

  private final class Pages extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      switch (request.getHttpURI().getPath()) {
        case "/long" -> {
          begun.countDown();
          end.await();
        }
        case "/body" -> {
          reads.set(true);
          Content.Source.asString(request);
        }
        default -> {}
      }
      Content.Sink.write(response, true, "hello", callback);
      return true;
    }
  }
}

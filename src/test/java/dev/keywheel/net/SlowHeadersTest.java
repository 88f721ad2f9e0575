package dev.keywheel.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("full")
class SlowHeadersTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  private static final int PAUSE_MILLIS = 20;
  private static final int SLOW_BYTES = 1_000; // takes far longer to send than allowed

  /**
   * Takes 1 s to send; for slow headers, the connection would be closed after 0.75 s at the latest.
   */
  private static final int ALLOWED_BYTES = 50;

  private final Server server = new Server();
  private final HttpConfiguration http = new HttpConfiguration();
  private final ServerConnector connector =
      new ServerConnector(server, new HttpConnectionFactory(http));

  @BeforeEach
  void start() throws Exception {
    SlowHeaders.install(connector, http, Duration.ofMillis(500));
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback)
              throws Exception {
            Content.Sink.write(response, true, Content.Source.asString(request) + "!", callback);
            return true;
          }
        });
    server.start();
    try (var socket = connect()) { // loads the classes, which may take longer than a check
      send(socket, GET);
      awaitAnswer(socket, "!");
    }
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
  }

  @Test
  void a_connection_whose_headers_arrive_byte_by_byte_is_closed() throws Exception {
    try (var socket = connect()) {
      send(socket, "GET / HTTP/1.1\r\nX: ");

      assertThat(closedDuring(socket, SLOW_BYTES)).isTrue();
    }
  }

  @Test
  void a_connection_is_also_closed_for_slow_headers_of_a_later_request() throws Exception {
    try (var socket = connect()) {
      send(socket, GET);
      awaitAnswer(socket, "!");
      send(socket, "GET / HTTP/1.1\r\nX: ");

      assertThat(closedDuring(socket, SLOW_BYTES)).isTrue();
    }
  }

  @Test
  void a_body_may_take_longer_and_so_may_the_pause_between_requests() throws Exception {
    try (var socket = connect()) {
      send(
          socket,
          "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + ALLOWED_BYTES + "\r\n\r\n");
      assertThat(closedDuring(socket, ALLOWED_BYTES)).isFalse();
      awaitAnswer(socket, "a!");
      for (int i = 0; i < ALLOWED_BYTES; i++) {
        assertThat(endsWithinPause(socket)).isFalse();
      }
      send(socket, GET);
      awaitAnswer(socket, "!");
    }
  }

  private Socket connect() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PAUSE_MILLIS);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  /**
   * Sends bytes at intervals; returns whether the server closes the connection before the last one.
   */
  private static boolean closedDuring(Socket socket, int bytes) {
    for (int i = 0; i < bytes; i++) {
      try {
        send(socket, "a");
        if (i < bytes - 1 && endsWithinPause(socket)) {
          return true;
        }
      } catch (IOException closed) {
        return true;
      }
    }
    return false;
  }

  private static boolean endsWithinPause(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException silent) {
      return false;
    } catch (SocketException reset) {
      return true;
    }
  }

  private static void awaitAnswer(Socket socket, String end) throws IOException {
    socket.setSoTimeout(60_000);
    var text = new StringBuilder();
    while (!text.toString().endsWith(end)) {
      int next = socket.getInputStream().read();
      assertThat(next).as(text.toString()).isNotNegative();
      text.append((char) next);
    }
    socket.setSoTimeout(PAUSE_MILLIS);
  }
}

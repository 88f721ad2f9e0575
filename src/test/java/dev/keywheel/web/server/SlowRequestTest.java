package dev.keywheel.web.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The server of the pages and of the gateway, with a client that sends one byte at a time. */
class SlowRequestTest {
  private static final int PAUSE_MILLIS = 20;
  private static final int BYTES = 1_000; // which take far longer than allowed

  @AutoClose private final TestDatabase database = TestDatabase.create();

  @AutoClose
  private final WebApp app =
      WebApp.withHeaderTimeout(database.database(), new TestClock(), Duration.ofSeconds(1));

  @Test
  void a_connection_is_closed_when_the_headers_of_its_request_do_not_arrive_in_time()
      throws IOException {
    try (var socket =
        new Socket(InetAddress.getLoopbackAddress(), URI.create(app.url()).getPort())) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PAUSE_MILLIS);
      send(socket, "GET /login HTTP/1.1\r\nHost: localhost\r\nX: ");

      assertThat(closedDuring(socket)).isTrue();
    }
    assertThat(app.browser().get("/login").status())
        .as("other clients are answered")
        .isLessThan(400);
  }

  private static boolean closedDuring(Socket socket) {
    for (int i = 0; i < BYTES; i++) {
      try {
        send(socket, "a");
        if (socket.getInputStream().read() < 0) {
          return true;
        }
      } catch (SocketTimeoutException open) {
        // The next byte follows.
      } catch (IOException reset) {
        return true;
      }
    }
    return false;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }
}

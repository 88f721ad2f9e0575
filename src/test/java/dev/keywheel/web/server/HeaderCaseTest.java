package dev.keywheel.web.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.security.RequiredRole;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The server does not carry headers of one request over to others on the same connection. */
class HeaderCaseTest {
  private static final String VALUE = "Bearer kw1_" + "a".repeat(60);
  private static final String REQUEST =
      "GET /echo HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
          + ("User-Agent: OpenAI/Python 2.0 (" + "b".repeat(80) + ")\r\n")
          + ("Authorization: " + VALUE + "\r\n\r\n");

  private final List<Socket> sockets = new ArrayList<>();

  @AutoClose
  private final WebApp app =
      WebApp.start(
          TestDatabase.create(),
          new TestClock(),
          parts ->
              List.of(
                  routes ->
                      routes.get(
                          "/echo",
                          RequiredRole.ANYONE,
                          ctx -> ctx.result(String.valueOf(ctx.header("Authorization"))))));

  @AfterEach
  void close() throws IOException {
    for (var socket : sockets) {
      socket.close();
    }
  }

  @Test
  void secrets_that_differ_only_in_case_are_distinguished() throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      for (var value : List.of("Bearer kw1_aa", "Bearer kw1_aA", "Bearer kw1_AA")) {
        var request =
            HttpRequest.newBuilder(URI.create(app.url() + "/echo"))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", value)
                .build();
        assertThat(client.send(request, BodyHandlers.ofString()).body()).isEqualTo(value);
      }
    }
  }

  @Test
  void connections_that_stay_open_take_little_memory() throws Exception {
    requests(20); // loads classes and fills caches
    long before = usedMemory();
    requests(200);
    assertThat(usedMemory() - before).as("bytes of 200 connections").isLessThan(10_000_000);
  }

  /** Sends several requests on each of this many connections. */
  private void requests(int connections) throws IOException {
    var url = URI.create(app.url());
    for (int i = 0; i < connections; i++) {
      var socket = new Socket(url.getHost(), url.getPort());
      socket.setSoTimeout(60_000);
      sockets.add(socket);
      for (int request = 0; request < 3; request++) {
        socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
        var answer = new StringBuilder();
        while (answer.indexOf(VALUE) < 0) {
          int read = socket.getInputStream().read();
          assertThat(read).as("connection open after: %s", answer).isNotNegative();
          answer.append((char) read);
        }
      }
    }
  }

  private static long usedMemory() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}

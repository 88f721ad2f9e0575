package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.key.state.KeyStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that are lost while they get the provider's error in a stream. */
class LostClientTest extends ExchangesWithNode {
  /** More than the buffers of a connection hold, so that the client is lost during the write. */
  private static final int LARGE = 6 << 20;

  private static final String RESPONSES =
      "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"id\":\"r\","
          + "\"instructions\":\"%s\",\"error\":{\"code\":429,\"message\":\"no\"}}}\n\n";
  private static final String CHAT =
      "data: {\"x\":\"%s\",\"error\":{\"code\":429,\"message\":\"no\"}}\n\n";

  @ParameterizedTest
  @CsvSource({"/v1/responses, true", "/v1/chat/completions, false"})
  void a_key_is_judged_by_the_error_at_which_the_client_is_lost(String path, boolean leaves)
      throws Exception {
    TestNode node =
        node(
            leaves
                ? patient()
                : new GatewayTimeouts(LONG, LONG, LONG, LONG, LONG, LONG, SHORT, LONG, LONG));
    boolean responses = path.endsWith("responses");
    String begun =
        responses ? "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n\n" : ONE;
    String error = (responses ? RESPONSES : CHAT).formatted("a".repeat(LARGE));
    node.upstream.answer(
        "*", call -> call.head(200, "text/event-stream").send(begun).send(error).end());

    try (var socket = socket(node, path)) {
      read(socket.getInputStream(), leaves ? "aaaa" : begun);
      if (leaves) {
        socket.setSoLinger(true, 0);
        socket.close();
      }
      assertThat(node.attempts()).containsExactly("http_error");
    }
    assertThat(node.codes()).containsExactly("key_limited:rate");
    assertThat(node.requests()).containsExactly("client_gone");
    UUID key =
        node.pool.database.read(
            dsl -> dsl.fetchSingle("select key_id from gateway_attempts").get(0, UUID.class));
    assertThat(node.pool.key(key).status()).isEqualTo(KeyStatus.RATE_LIMITED);
  }

  private static Socket socket(TestNode node, String path) throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(64 << 10);
    socket.connect(new InetSocketAddress("127.0.0.1", node.port()));
    String body = TestNode.chatBody(true);
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
            + node.token()
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n";
    socket.getOutputStream().write((head + body).getBytes(UTF_8));
    socket.getOutputStream().flush();
    return socket;
  }
}

package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.time.Stopwatch;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Clients that are lost while they receive the provider's complete answer, or its error in a
 * stream.
 */
class LostClientTest extends ExchangesWithNode {
  /** More than the buffers of a connection hold, so that the client is lost during the write. */
  private static final int LARGE = 6 << 20;

  private static final String RESPONSES =
      "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"id\":\"r\","
          + "\"instructions\":\"%s\",\"error\":{\"code\":429,\"message\":\"Rate limit exceeded: free-models-per-day\"}}}\n\n";
  private static final String CHAT =
      "data: {\"x\":\"%s\",\"error\":{\"code\":429,\"message\":\"Rate limit exceeded: free-models-per-day\"}}\n\n";

  private static final String MESSAGE =
      "{\"id\":\"gen-1\",\"choices\":[{\"%s\":{\"content\":\"%s\"},\"finish_reason\":\"stop\"}],"
          + "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"cost\":0.01}}";

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void a_complete_answer_counts_for_its_key_and_its_cost_if_the_client_is_lost_during_it(
      boolean streamed, boolean leaves) throws Exception {
    TestNode node = node(leaves ? patient() : impatient());
    int status = streamed ? 200 : 201;
    String answer = MESSAGE.formatted(streamed ? "delta" : "message", "a".repeat(LARGE));
    node.upstream.answer(
        "*",
        call ->
            call.head(status, streamed ? "text/event-stream" : "application/json")
                .send(streamed ? "data: " + answer + "\n\n" : answer)
                .end());

    var sinceBegin = new Stopwatch();
    try (var socket = openAndSend(node, "/v1/chat/completions", streamed)) {
      read(socket.getInputStream(), "aaaa");
      if (leaves) {
        socket.setSoLinger(true, 0);
        socket.close();
      }
      assertThat(node.attempts()).containsExactly("ok");
    }
    Duration provider = sinceBegin.elapsed().minus(leaves ? Duration.ZERO : SHORT);
    assertThat(Integer.parseInt(row(node, "select latency_ms from gateway_attempts").getFirst()))
        .as("without the time in which the client does not read")
        .isLessThanOrEqualTo((int) provider.toMillis());
    assertThat(node.codes()).containsExactly("answer");
    assertThat(node.requests()).containsExactly("client_gone");
    assertThat(
            row(node, "select completion_tokens, cost, reason, http_status from gateway_requests"))
        .containsExactly("4", "0.01", leaves ? "null" : "client_stalled", "" + status);
    assertThat(
            row(
                node,
                "select calls, calls_ok, tokens from api_keys k where id = (select key_id from"
                    + " gateway_attempts)"))
        .containsExactly("1", "1", "7");
  }

  private static List<String> row(TestNode node, String sql) {
    return Arrays.stream(node.pool.database.read(dsl -> dsl.fetchSingle(sql)).intoArray())
        .map(value -> value instanceof BigDecimal cost ? cost.stripTrailingZeros() : value)
        .map(String::valueOf)
        .toList();
  }

  private static GatewayTimeouts impatient() {
    return TestNode.timeouts(LONG, LONG, LONG, LONG, LONG, LONG, SHORT, LONG, LONG);
  }

  @ParameterizedTest
  @CsvSource({"/v1/responses, true", "/v1/chat/completions, false"})
  void a_key_is_judged_by_an_error_during_which_the_client_is_lost(String path, boolean leaves)
      throws Exception {
    TestNode node = node(leaves ? patient() : impatient());
    boolean responses = path.endsWith("responses");
    String begun =
        responses ? "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n\n" : ONE;
    String error = (responses ? RESPONSES : CHAT).formatted("a".repeat(LARGE));
    node.upstream.answer(
        "*", call -> call.head(200, "text/event-stream").send(begun).send(error).end());

    try (var socket = openAndSend(node, path, true)) {
      read(socket.getInputStream(), leaves ? "aaaa" : begun);
      if (leaves) {
        socket.setSoLinger(true, 0);
        socket.close();
      }
      assertThat(node.attempts()).containsExactly("http_error");
    }
    assertThat(node.codes()).containsExactly("key_limited:free_daily");
    assertThat(node.requests()).containsExactly("client_gone");
    UUID key =
        node.pool.database.read(
            dsl -> dsl.fetchSingle("select key_id from gateway_attempts").get(0, UUID.class));
    assertThat(node.pool.key(key).status()).isEqualTo(KeyStatus.RATE_LIMITED);
  }

  private static Socket openAndSend(TestNode node, String path, boolean streamed)
      throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(64 << 10);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port()));
    String body = TestNode.chatBody(streamed);
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

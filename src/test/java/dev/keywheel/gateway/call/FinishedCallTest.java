package dev.keywheel.gateway.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.gateway.ledger.RequestAborts;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.support.Await;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.StreamUpstream.Script;
import dev.keywheel.support.TestPool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls that continue after their clients have disconnected, on a node with that setting. */
@Tag("full")
class FinishedCallTest {
  private static final String ANSWER =
      "{\"id\":\"gen-1\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"cost\":0.25}}";

  private static final TokenScope ONE_AT_A_TIME =
      new TokenScope(Set.of(), List.of(), Set.of(), Set.of(), 0, 1, null, List.of(), true);

  /** Maximum number of bytes of answers in memory. */
  private static final int MEMORY = 200_000;

  private final TestPool pool = new TestPool();
  private final TestNode node =
      new TestNode(
          pool,
          GatewayTimeouts.DEFAULT,
          Duration.ofMillis(200),
          provider -> provider,
          MEMORY,
          true);

  /** Counted down when the provider answers. */
  private final CountDownLatch answering = new CountDownLatch(1);

  @AfterEach
  void stop() {
    answering.countDown();
    node.close();
    pool.close();
  }

  private Script later(int status, String body) {
    return call -> {
      answering.await();
      StreamUpstream.json(status, body).answer(call);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, true",
    "/v1/messages, false",
    "/v1/responses, true",
    "/v1/embeddings, false"
  })
  void the_usage_of_a_call_counts_although_its_client_has_disconnected(String path, boolean reset)
      throws Exception {
    pool.add(2);
    node.upstream.answer("*", later(200, ANSWER));

    sendAndDisconnect(path, TestNode.chatBody(false), node.token(), reset);
    answering.countDown();

    assertThat(node.attempts()).containsExactly("ok", "client_gone");
    assertThat(node.codes()).containsExactly("answer", "client_gone");
    assertThat(node.requests()).containsOnly("client_gone");
    assertThat(
            row(
                "select completion_tokens, cost::float8, http_status from gateway_requests"
                    + " where not streamed"))
        .containsExactly("4", "0.25", "null");
    assertThat(
            row(
                "select sum(calls), sum(calls_ok), sum(tokens), count(last_latency_ms) from api_keys"))
        .as("the call of the client that disconnected has no latency")
        .containsExactly("2", "1", "7", "1");
    assertThat(node.upstream.calls()).hasSize(2);
  }

  @Test
  void the_call_counts_towards_the_parallel_limit_until_it_has_ended() throws Exception {
    pool.add(2);
    String token = node.token(ONE_AT_A_TIME);
    node.upstream.answer("*", later(200, ANSWER));

    sendAndDisconnect("/v1/chat/completions", TestNode.chatBody(false), token, true);

    assertThat(node.chat(token).statusCode()).isEqualTo(429);
    answering.countDown();
    Await.until("the place is free", () -> node.chat(token).statusCode() == 200);
  }

  @Test
  void a_call_that_fails_is_not_repeated_for_a_client_that_has_disconnected() throws Exception {
    pool.add(3);
    node.upstream.answer("*", later(503, "{\"error\":{\"message\":\"busy\",\"code\":503}}"));

    sendAndDisconnect("/v1/chat/completions", TestNode.chatBody(false), node.token(), true);
    answering.countDown();

    assertThat(node.attempts()).containsExactly("http_error", "client_gone");
    assertThat(node.requests()).containsOnly("client_gone");
    assertThat(node.upstream.calls()).hasSize(2);
  }

  @Test
  void a_call_whose_answer_gets_no_memory_ends_and_returns_what_it_holds() throws Exception {
    pool.add(3);
    String body = "{\"id\":\"gen-1\",\"more\":\"%s\"}";
    node.upstream.answer("*", later(200, body.formatted("x".repeat(2 * MEMORY))));

    sendAndDisconnect("/v1/chat/completions", TestNode.chatBody(false), node.token(), true);
    answering.countDown();

    assertThat(node.codes()).containsExactly("overloaded", "client_gone");
    assertThat(node.attempts()).containsExactly("http_error", "client_gone");
    assertThat(node.requests()).containsOnly("client_gone");
    String fits = body.formatted("x".repeat(MEMORY - 100));
    node.upstream.answer("*", StreamUpstream.json(200, fits));
    assertThat(TestNode.text(node.chat())).isEqualTo(fits);
  }

  @Test
  void a_stream_is_aborted_when_its_client_disconnects() throws Exception {
    pool.add(2);
    node.upstream.answer("*", later(200, ANSWER));

    send("/v1/chat/completions", TestNode.chatBody(true), node.token(), false);

    assertThat(node.attempts()).containsExactly("client_gone");
    assertThat(node.requests()).containsExactly("client_gone");
  }

  @Test
  void a_user_can_abort_a_call_whose_client_has_disconnected() throws Exception {
    pool.add(2);
    node.upstream.answer("*", later(200, ANSWER));
    sendAndDisconnect("/v1/chat/completions", TestNode.chatBody(false), node.token(), true);
    assertThat(node.upstream.calls().getFirst().isGone()).isFalse();
    UUID request =
        pool.database.read(
            dsl ->
                dsl.fetchSingle("select id from gateway_requests where not streamed")
                    .get(0, UUID.class));

    assertThat(node.ledger.aborts().abort(request)).isEqualTo(RequestAborts.Result.ABORTED);

    node.upstream.calls().getFirst().awaitGone();
    assertThat(node.attempts()).containsOnly("client_gone");
    assertThat(node.requests()).containsOnly("client_gone");
  }

  @Test
  void a_node_that_stops_ends_the_call_like_any_other() throws Exception {
    pool.add(2);
    node.upstream.answer("*", later(200, ANSWER));
    sendAndDisconnect("/v1/chat/completions", TestNode.chatBody(false), node.token(), true);

    node.gateway.close();

    node.upstream.calls().getFirst().awaitGone();
    assertThat(node.attempts()).containsOnly("client_gone");
  }

  /** Sends a request and disconnects; returns when the gateway has noticed. */
  private void sendAndDisconnect(String path, String body, String token, boolean reset)
      throws Exception {
    send(path, body, token, reset);
    // Disconnections are noticed in order: when the call for this stream is aborted, the first
    // disconnection has been noticed.
    send("/v1/chat/completions", TestNode.chatBody(true), node.token(), false);
    node.upstream.calls().get(1).awaitGone();
  }

  /** Sends a request, and closes its connection when the call has arrived at the provider. */
  private void send(String path, String body, String token, boolean reset) throws IOException {
    int before = node.upstream.calls().size();
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
            + token
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n";
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
      socket.getOutputStream().write((head + body).getBytes(UTF_8));
      Await.until("the call arrives", () -> node.upstream.calls().size() > before);
      if (reset) {
        socket.setSoLinger(true, 0);
      }
    }
  }

  private List<String> row(String sql) {
    return Arrays.stream(pool.database.read(dsl -> dsl.fetchSingle(sql)).intoArray())
        .map(String::valueOf)
        .toList();
  }
}

package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static dev.keywheel.gateway.call.TestNode.assertError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.StreamUpstream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams whose status is not held: the client gets it before the provider answers. */
class UnheldStreamTest extends ExchangesWithNode {
  private static final String KEEP_ALIVE = ": keep-alive\n\n";

  private TestNode node;

  @BeforeEach
  void start() {
    node = node(GatewayTimeouts.withStatusHold(Duration.ZERO));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/chat/completions", "/v1/messages", "/v1/responses"})
  void the_client_gets_its_status_and_one_comment_as_soon_as_a_key_is_assigned(String path) {
    var go = new CountDownLatch(1);
    node.upstream.answer(
        "*",
        call -> {
          go.await();
          StreamUpstream.json(400, "{\"error\":{\"message\":\"no\",\"code\":400}}").answer(call);
        });

    var response = begin(node, path, TestNode.chatBody(true));
    String before = read(response.body(), KEEP_ALIVE);
    go.countDown();

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type"))
        .contains("text/event-stream; charset=utf-8");
    assertThat(response.headers().firstValue("x-keywheel-model")).contains(TestNode.MODEL);
    assertThat(before).isEqualTo(KEEP_ALIVE);
    assertThat(rest(response.body()))
        .startsWith(
            switch (path) {
              case "/v1/messages" -> "event: error\ndata: {\"type\":\"error\",\"error\":{";
              case "/v1/responses" -> "event: error\ndata: {\"code\":\"request_refused\"";
              default -> "event: error\ndata: {\"error\":{";
            })
        .contains("It says: no", "\"type\":\"invalid_request_error\"");
    assertThat(node.requests()).containsExactly("failed");
  }

  @Test
  void another_key_may_take_over_before_the_first_event() {
    node.upstream.answer("key1", StreamUpstream.json(401, ScriptedUpstream.unauthorized().body()));
    node.upstream.answer("key2", StreamUpstream.stream(": wait\n\n", ONE, LAST));

    var response = begin(node, TestNode.chatBody(true));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(rest(response.body()).replace(": wait\n\n", "")).isEqualTo(KEEP_ALIVE + ONE + LAST);
    assertThat(node.upstream.keys()).containsExactly("key1", "key2");
    assertThat(node.requests()).containsExactly("ok");
  }

  @Test
  void a_request_that_fails_in_the_gateway_before_the_first_event_can_be_repeated_with_its_key() {
    node.upstream.answer(
        "key1",
        call -> {
          node.pool.test.asOwner("update data_keys set kek_id = kek_id || '?'");
          node.pool.vault.unseal(); // seals the vault, so that no other key can be read
          StreamUpstream.json(401, ScriptedUpstream.unauthorized().body()).answer(call);
        });
    node.upstream.answer("key2", StreamUpstream.stream(ONE, LAST));

    var broken = begin(node, repeatable());
    assertThatThrownBy(() -> rest(broken.body())).hasCauseInstanceOf(IOException.class);
    assertThat(node.requests()).containsExactly("failed");

    node.pool.test.asOwner("update data_keys set kek_id = rtrim(kek_id, '?')");
    node.pool.vault.unseal();
    node.upstream.answer("key1", StreamUpstream.stream(ONE, LAST));
    assertThat(rest(begin(node, repeatable()).body())).endsWith(ONE + LAST);
  }

  private HttpRequest repeatable() {
    return node.request("/v1/chat/completions")
        .header("Idempotency-Key", "one")
        .POST(BodyPublishers.ofString(TestNode.chatBody(true)))
        .build();
  }

  @ParameterizedTest
  @CsvSource({
    "maker/none, true, 404, model_not_found",
    "maker/model, false, 503, no_key_available"
  })
  void an_unknown_model_and_a_request_without_a_stream_keep_their_error_status(
      String model, boolean stream, int status, String code) {
    node.upstream.answer("*", StreamUpstream.json(401, ScriptedUpstream.unauthorized().body()));
    String body = TestNode.chatBody(stream).replace(TestNode.MODEL, model);

    assertError(node.post("/v1/chat/completions", body), status, code);
  }
}

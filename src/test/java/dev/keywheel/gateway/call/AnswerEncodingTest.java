package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Answers that are good, but not in the encoding that was asked for, are paid for once. */
class AnswerEncodingTest {
  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private TestNode node;

  @BeforeEach
  void start() {
    node = new TestNode(pool);
    node.pool.add(3);
  }

  @Test
  void an_answer_with_half_a_character_goes_through_as_it_came() {
    byte[] body =
        ("{\"id\":\"gen-1\",\"choices\":[{\"message\":{\"content\":\"caf\u00c3\"},\"finish_reason\":"
                + "\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}")
            .getBytes(ISO_8859_1);
    node.upstream.answer("*", call -> call.head(200, "application/json").send(body).end());

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(body);
    assertThat(node.upstream.calls()).hasSize(1);
    assertThat(node.requests()).containsExactly("ok");
    assertThat(tokens()).isEqualTo(4);
  }

  @Test
  void a_stream_whose_events_hold_half_a_character_goes_through_as_it_came() {
    String event =
        "data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"\u00c3\"}}]}\n\n";
    byte[] body = (event + event + LAST).getBytes(ISO_8859_1);
    node.upstream.answer("*", call -> call.head(200, "text/event-stream").send(body).end());

    HttpResponse<byte[]> response = node.post("/v1/chat/completions", TestNode.chatBody(true));

    assertThat(response.body()).isEqualTo(body);
    assertThat(node.upstream.calls()).hasSize(1);
    assertThat(node.requests()).containsExactly("ok");
    assertThat(tokens()).isEqualTo(4);
  }

  private Integer tokens() {
    return node.pool.database.read(
        dsl ->
            dsl.fetch("select completion_tokens from gateway_requests")
                .getValues(0, Integer.class)
                .getFirst());
  }
}

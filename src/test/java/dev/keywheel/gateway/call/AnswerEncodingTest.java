package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestPool;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that are good but not in the requested encoding are paid for only once. */
@Tag("full")
class AnswerEncodingTest {
  /** Begins like a large answer in Brotli that looks like a JSON array. */
  private static final byte[] PACKED = {'[', (byte) 0xff, (byte) 0xff, 3, 1, (byte) 0x9c, 7};

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private TestNode node;

  @BeforeEach
  void start() {
    node = new TestNode(pool);
    node.pool.add(3);
  }

  @Test
  void an_answer_with_half_a_character_is_passed_on_unchanged() {
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
  void a_stream_with_half_characters_is_passed_on_unchanged() {
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

  @ParameterizedTest
  @CsvSource({
    "br, application/json",
    "Deflate, application/json",
    "'zstd, br', application/json",
    "'identity, br', application/json",
    "'br,', application/json",
    "'x-gzip, br', application/json",
    "br, text/event-stream"
  })
  void an_answer_in_an_unreadable_encoding_is_passed_on_with_its_encoding(
      String encoding, String type) {
    node.upstream.answer(
        "*", call -> call.head(200, type, "Content-Encoding", encoding).send(PACKED).end());

    var response = node.post("/v1/chat/completions", TestNode.chatBody(type.startsWith("text")));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(PACKED);
    assertThat(response.headers().firstValue("content-encoding")).contains(encoding);
    assertThat(response.headers().firstValue("content-type")).contains(type);
    assertThat(node.upstream.calls()).hasSize(1);
    assertThat(node.requests()).containsExactly("ok");
  }

  @Test
  void an_error_in_an_unreadable_encoding_is_classified_by_its_status() {
    node.upstream.answer(
        "*",
        call -> call.head(400, "application/json", "Content-Encoding", "br").send(PACKED).end());

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.headers().firstValue("content-encoding")).isEmpty();
    assertThat(TestNode.json(response).path("error").path("message").asText())
        .isEqualTo("The provider refused the request with status 400 and gave no reason.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/html", "Text/HTML; charset=utf-8"})
  void a_web_page_in_an_unreadable_encoding_is_not_an_answer(String type) {
    node.upstream.answer(
        "*", call -> call.head(200, type, "Content-Encoding", "br").send(PACKED).end());

    assertThat(node.chat().statusCode()).isEqualTo(502);
  }

  @Test
  void a_key_repeated_in_a_body_falsely_labelled_as_encoded_is_removed() {
    node.upstream.answer(
        "*",
        call ->
            call.head(200, "text/plain", "Content-Encoding", "br")
                .send("sent: sk-or-v1-test-secret-of-" + call.key())
                .end());

    HttpResponse<byte[]> response = node.chat();

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(TestNode.text(response)).isEqualTo("sent: ***");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "none|application/json|{\"id\":\"gen-1\",\"choices\":[{\"mess",
        "none|text/plain|Internal error",
        "utf-8|application/json|[\"a\"]",
        "'br, 8bit'|text/plain|Internal error"
      })
  void a_success_that_is_not_a_json_object_is_not_an_answer_even_with_an_unknown_encoding(
      String label, String type, String body) {
    node.upstream.answer(
        "*", call -> call.head(200, type, "Content-Encoding", label).send(body).end());

    assertThat(node.chat().statusCode()).isEqualTo(502);
    assertThat(node.upstream.calls()).hasSize(2);
  }

  @Test
  void a_refusal_of_the_edge_network_is_recognized_despite_an_invalid_content_encoding() {
    node.upstream.answer(
        "*",
        call ->
            call.head(403, "text/plain", "Content-Encoding", "none")
                .send("error code: 1020")
                .end());

    assertThat(node.chat().statusCode()).isGreaterThanOrEqualTo(500);
    assertThat(node.requests()).containsExactly("failed");
    assertThat(kinds()).containsOnly("address_blocked");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void an_answer_falsely_labelled_as_encoded_is_read(boolean stream) {
    String whole = "{\"id\":\"gen-1\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}";
    String type = stream ? "text/event-stream" : "application/json";
    String answer = stream ? LAST : whole;
    node.upstream.answer(
        "*", call -> call.head(200, type, "Content-Encoding", "utf-8").send(answer).end());

    var response = node.post("/v1/chat/completions", TestNode.chatBody(stream));

    assertThat(TestNode.text(response)).isEqualTo(answer);
    assertThat(response.headers().firstValue("content-encoding")).isEmpty();
    assertThat(node.requests()).containsExactly("ok");
    assertThat(tokens()).isEqualTo(4);
  }

  private List<String> kinds() {
    return node.pool.database.read(
        dsl -> dsl.fetch("select outcome from gateway_attempts").getValues(0, String.class));
  }

  private Integer tokens() {
    return node.pool.database.read(
        dsl ->
            dsl.fetch("select completion_tokens from gateway_requests")
                .getValues(0, Integer.class)
                .getFirst());
  }
}

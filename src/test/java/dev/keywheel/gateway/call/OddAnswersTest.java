package dev.keywheel.gateway.call;

import static dev.keywheel.gateway.call.GatewayRelayTest.LAST;
import static dev.keywheel.gateway.call.GatewayRelayTest.ONE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.RawHttp;
import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of providers that are legal in HTTP or JSON, but unusual. */
@Tag("full")
class OddAnswersTest {
  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private TestNode node;

  @BeforeEach
  void start() {
    node = new TestNode(pool);
    node.pool.add(3);
  }

  @ParameterizedTest
  @CsvSource({
    "'br, gzip', br",
    "'Br,X-GZIP', br",
    "'gzip, gzip', gzip",
    "'identity, gzip', ",
    "'gzip, identity', ",
    "'utf-8, gzip', "
  })
  void only_decoded_encodings_are_removed_from_the_header(String sent, String left) {
    boolean readable = left == null;
    String text = readable ? "{\"id\":\"gen-1\",\"choices\":[]}" : "[\u00ff\u0003packed";
    node.upstream.answer(
        "*",
        call ->
            call.head(200, "application/json", "Content-Encoding", sent).send(packed(text)).end());

    var response = node.chat();

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(text.getBytes(ISO_8859_1));
    assertThat(response.headers().firstValue("content-encoding").orElse(null)).isEqualTo(left);
    assertThat(node.requests()).containsExactly("ok");
  }

  /** Without chunks, the end of the connection would end the answer. */
  @Test
  void a_stream_over_a_connection_that_is_closed_afterwards_is_sent_in_chunks() throws IOException {
    String body = TestNode.chatBody(true);
    node.upstream.answer("*", StreamUpstream.stream(ONE, LAST));

    String request =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            + "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
            + "Content-Length: %d\r\n\r\n";
    String text =
        RawHttp.exchange(
                node.uri("/").toString(), request.formatted(node.token(), body.length()) + body)
            .text();

    assertThat(text).startsWith("HTTP/1.1 200").containsIgnoringCase("transfer-encoding: chunked");
    assertThat(text).endsWith("\r\n0\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[1]", "\"text\"", "null"})
  void a_success_that_is_not_an_object_becomes_an_error_of_the_gateway(String body) {
    node.upstream.answer("*", call -> call.head(200, "application/json").send(body).end());

    TestNode.assertError(node.chat(), 502, "upstream_error");
  }

  @Test
  void a_response_that_failed_without_an_error_is_passed_on_with_status_502() {
    String failed = "{\"id\":\"resp_1\",\"status\":\"failed\",\"error\":null,\"output\":[]}";
    node.upstream.answer("*", StreamUpstream.json(200, failed));

    var response = node.post("/v1/responses", "{\"model\":\"maker/model\",\"input\":\"x\"}");

    assertThat(response.statusCode()).isEqualTo(502);
    assertThat(TestNode.text(response)).isEqualTo(failed);
    assertThat(node.requests()).containsExactly("failed");
  }

  @Test
  void an_object_of_the_type_error_is_an_error_despite_its_status() {
    String error = "{\"object\":\"error\",\"message\":\"no\",\"code\":500}";
    node.upstream.answer("key1", call -> call.head(200, "application/json").send(error).end());
    node.upstream.answer("key2", call -> call.head(200, "application/json").send(error).end());
    String answer = "{\"id\":\"gen-1\",\"choices\":[]}";
    node.upstream.answer("key3", call -> call.head(200, "application/json").send(answer).end());

    assertThat(TestNode.text(node.chat())).isEqualTo(answer);
  }

  private static byte[] packed(String text) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(packed)) {
      out.write(text.getBytes(ISO_8859_1));
    }
    return packed.toByteArray();
  }

  @ParameterizedTest
  @CsvSource({"abc, ", "-5, ", "1e3, ", "99999999999, ", "1500, 1500", "0, 0", "12.5, 12.5"})
  void an_unreadable_wait_in_milliseconds_is_dropped(String sent, String passed) {
    node.upstream.answer(
        "*", StreamUpstream.json(400, "{\"error\":{\"message\":\"no\"}}", "Retry-After-Ms", sent));

    var response = node.chat();

    assertThat(response.headers().firstValue("retry-after-ms").orElse(null)).isEqualTo(passed);
  }

  @ParameterizedTest
  @CsvSource({
    "400, 400, request:invalid",
    "200, 400, request:invalid",
    "503, 503, transient:server"
  })
  void an_error_with_half_a_character_is_classified_and_made_readable(
      int status, int expected, String code) {
    String error =
        "{\"error\":{\"code\":%d,\"message\":\"caf\u00c3\"}}"
            .formatted(status == 200 ? 400 : status);
    node.upstream.answer(
        "*", call -> call.head(status, "application/json").send(error.getBytes(ISO_8859_1)).end());

    var response = node.chat();

    assertThat(response.statusCode()).isEqualTo(expected);
    assertThat(node.codes()).contains(code);
    assertThat(new String(response.body(), UTF_8).getBytes(UTF_8)).isEqualTo(response.body());
    assertThat(TestNode.json(response).path("error").path("message").asText())
        .isEqualTo("caf\uFFFD");
  }

  /** Some SDKs return the text of an answer that is not labelled as JSON. */
  @ParameterizedTest
  @CsvSource({
    ", application/json",
    "text/plain; charset=utf-8, application/json",
    "binary/octet-stream, application/json",
    "'application/json, application/json', application/json",
    "Application/JSON; charset=utf-8, Application/JSON; charset=utf-8",
    "application/vnd.api+json, application/vnd.api+json"
  })
  void a_complete_answer_is_labelled_as_json(String sent, String expected) {
    String body = "{\"id\":\"gen-1\",\"choices\":[]}";
    node.upstream.answer("*", call -> call.head(200, sent == null ? "" : sent).send(body).end());

    var response = node.chat();

    assertThat(response.headers().firstValue("content-type")).contains(expected);
    assertThat(TestNode.text(response)).isEqualTo(body);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n", "\r", "\n"})
  void the_lines_of_a_stream_may_have_any_line_ending(String end) {
    String first = ONE.replace("\n", end);
    String second = ONE.replace("\"a\"", "\"b\"");
    node.upstream.answer("*", StreamUpstream.stream(first, second, LAST.replace("\n", end)));

    assertThat(TestNode.text(node.post("/v1/chat/completions", TestNode.chatBody(true))))
        .isEqualTo(first + second + LAST.replace("\n", end));
    assertThat(node.requests()).containsExactly("ok");
  }

  @Test
  void a_long_error_and_a_long_model_are_not_cut_within_an_emoji() {
    String text = "a".repeat(999) + "😀";
    node.upstream.answer("*", call -> call.head(400, "text/plain").send(text).end());

    assertThat(TestNode.json(node.chat()).path("error").path("message").asText())
        .isEqualTo("a".repeat(999));

    String model = "maker/" + "b".repeat(93);
    var response =
        node.post("/v1/chat/completions", "{\"model\":\"" + model + "😀c\",\"messages\":[]}");

    assertThat(TestNode.json(response).path("error").path("message").asText())
        .contains(model + "…");
  }

  @Test
  void a_first_event_that_is_too_large_is_not_paid_for_twice() {
    node.upstream.answer("*", StreamUpstream.stream("data: " + "x".repeat(17 << 20)));

    var response = node.post("/v1/chat/completions", TestNode.chatBody(true));

    TestNode.assertError(response, 502, "upstream_error");
    assertThat(TestNode.text(response))
        .contains("The provider's answer was not usable: answer too large.");
    assertThat(node.upstream.calls()).hasSize(1);
    assertThat(node.codes()).containsExactly("model:too_big");
  }

  @Test
  void a_later_event_that_is_too_large_is_named_as_the_cause() {
    node.upstream.answer("*", StreamUpstream.stream(ONE, "data: " + "x".repeat(17 << 20)));

    var response = node.post("/v1/chat/completions", TestNode.chatBody(true));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(TestNode.text(response))
        .startsWith(ONE + "event: error\n")
        .contains("an event that is too large to be passed on", "\"upstream_truncated\"");
    assertThat(node.upstream.calls()).hasSize(1);
    assertThat(node.requests()).containsExactly("truncated");
  }

  /** SDKs on the fetch API get no body with the status 205. */
  @Test
  void an_answer_with_the_status_205_is_passed_on_as_200() {
    String body = "{\"id\":\"gen-1\",\"choices\":[]}";
    node.upstream.answer("*", StreamUpstream.json(205, body));

    var response = node.chat();

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(TestNode.text(response)).isEqualTo(body);
  }

  @Test
  void the_status_of_an_answer_is_stored_as_the_client_received_it() {
    node.upstream.answer("*", StreamUpstream.json(202, "{\"id\":\"gen-1\",\"choices\":[]}"));

    assertThat(node.chat().statusCode()).isEqualTo(202);

    assertThat(node.requests()).containsExactly("ok");
    assertThat(
            pool.database.<List<?>>read(
                dsl -> dsl.fetchValues("select http_status from gateway_requests")))
        .hasToString("[202]");
  }
}

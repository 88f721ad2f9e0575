package dev.keywheel.gateway.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("full")
class GatewayRelayTest {
  static final String ONE =
      "data: {\"id\":\"gen-1\",\"model\":\"maker/model\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
  static final String LAST =
      "data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":"
          + "{\"prompt_tokens\":3,\"completion_tokens\":4,\"cost\":0.01}}\n\ndata: [DONE]\n\n";

  @AutoClose private static final TestPool pool = new TestPool();

  @AutoClose private TestNode node;

  @BeforeEach
  void start() {
    node = new TestNode(pool);
    node.pool.add(3);
  }

  @Test
  void a_request_uses_the_next_key_and_is_passed_on_unchanged() {
    String answer = "{\"id\":\"gen-1\", \"usage\" : {\"prompt_tokens\":1e1},\"x\":1.0}";
    node.upstream.answer(
        "*", StreamUpstream.json(200, answer, "X-Generation-Id", "gen-1", "Set-Cookie", "a=b"));
    String body = "{\"x\":1.0, \"m\\u006fdel\" : \"maker/model\",\"y\":1e2,\"z\":\"🦆\"}";

    HttpResponse<byte[]> response = node.post("/v1/chat/completions", body);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(TestNode.text(response)).isEqualTo(answer);
    assertThat(response.headers().map().keySet())
        .contains("x-request-id", "request-id", "x-generation-id", "x-keywheel-attempts")
        .doesNotContain("set-cookie", "x-keywheel-key");
    var call = node.upstream.calls().getFirst();
    assertThat(call.path()).isEqualTo("/api/v1/chat/completions");
    assertThat(new String(call.body(), UTF_8)).isEqualTo(body);
    assertThat(call.header("accept-encoding")).isEqualTo("identity");
    node.chat();
    node.chat();
    node.chat();
    assertThat(node.upstream.keys()).containsExactly("key1", "key2", "key3", "key1");
    assertThat(node.attempts()).containsExactly("ok", "ok", "ok", "ok");
    assertThat(node.requests()).containsExactly("ok", "ok", "ok", "ok");
  }

  @Test
  void a_stream_arrives_byte_for_byte() {
    node.upstream.answer("*", StreamUpstream.stream(": wait\n\n", ONE, ONE, LAST));

    HttpResponse<byte[]> response = node.post("/v1/chat/completions", TestNode.chatBody(true));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type"))
        .contains("text/event-stream; charset=utf-8");
    assertThat(TestNode.text(response)).isEqualTo(ONE + ONE + LAST);
    assertThat(node.requests()).containsExactly("ok");
  }

  @Test
  void answers_compressed_without_request_arrive_decompressed() {
    String whole = "{\"id\":\"gen-1\",\"choices\":[]}";
    node.upstream.answer("key1", packed("application/json", whole));
    node.upstream.answer("key2", packed("text/event-stream", ONE + LAST));

    HttpResponse<byte[]> plain = node.chat();
    HttpResponse<byte[]> stream = node.post("/v1/chat/completions", TestNode.chatBody(true));

    assertThat(TestNode.text(plain)).isEqualTo(whole);
    assertThat(TestNode.text(stream)).isEqualTo(ONE + LAST);
    assertThat(plain.headers().firstValue("content-encoding")).isEmpty();
    assertThat(stream.headers().firstValue("content-encoding")).isEmpty();
    assertThat(node.requests()).containsExactly("ok", "ok");
  }

  private static StreamUpstream.Script packed(String type, String text) {
    return call -> {
      var packed = new ByteArrayOutputStream();
      try (var out = new GZIPOutputStream(packed)) {
        out.write(text.getBytes(UTF_8));
      }
      call.head(200, type, "Content-Encoding", "gzip").send(packed.toByteArray()).end();
    };
  }

  @Test
  void paths_outside_v1_are_handled_by_the_pages() {
    assertThat(node.send(node.request("/login").GET().build()).statusCode()).isEqualTo(418);
    assertThat(node.send(node.request("/v1").POST(BodyPublishers.noBody()).build()).statusCode())
        .isEqualTo(404);
  }

  @Test
  void a_gateway_call_does_not_extend_the_timeout_of_a_page_on_its_connection() {
    assertThat(node.chat().statusCode()).isEqualTo(200);

    var page = node.send(node.request("/login").GET().build());

    assertThat(page.headers().firstValue("idle-timeout")).hasValue("30000"); // as Jetty sets it
  }

  @Test
  void the_type_of_a_stream_is_recognized_in_any_case() {
    String unknown = "unknown: only the type shows that this is a stream\n";
    node.upstream.answer(
        "*",
        call ->
            call.head(200, "Text/Event-Stream; Charset=UTF-8").send(unknown + ONE + LAST).end());

    HttpResponse<byte[]> response = node.post("/v1/chat/completions", TestNode.chatBody(true));

    assertThat(TestNode.text(response)).isEqualTo(unknown + ONE + LAST);
    assertThat(node.attempts()).containsExactly("ok");
  }

  @ParameterizedTest
  @CsvSource({
    "application/json, ''",
    "application/json, ': wait\n\n'",
    "text/plain, '\n\n'",
    "application/octet-stream, 'event: message\n'"
  })
  void a_stream_under_another_type_is_recognized_by_its_first_bytes(String type, String before) {
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, type);
          for (char next : before.concat("data:").toCharArray()) {
            call.send(String.valueOf(next));
          }
          call.send(ONE.substring("data:".length())).send(ONE + LAST).end();
        });

    HttpResponse<byte[]> response = node.post("/v1/chat/completions", TestNode.chatBody(true));

    assertThat(response.headers().firstValue("content-type"))
        .contains("text/event-stream; charset=utf-8");
    assertThat(TestNode.text(response)).endsWith(ONE + ONE + LAST);
    assertThat(node.attempts()).containsExactly("ok");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\uFEFF", " \n"})
  void an_error_as_first_event_of_a_stream_under_another_type_is_detected(String before) {
    node.upstream.answer(
        "key1",
        call ->
            call.head(200, "application/json")
                .send(before + "data: {\"error\":{\"message\":\"no\",\"code\":429}}\n\n")
                .send("data: [DONE]\n\n")
                .end());
    node.upstream.answer(
        "key2", call -> call.head(200, "application/json").send(before.strip() + ONE).cut());

    assertThat(TestNode.text(node.post("/v1/chat/completions", TestNode.chatBody(true))))
        .startsWith(ONE + "event: error\n")
        .contains("upstream_truncated");
    assertThat(node.attempts()).containsExactly("http_error", "truncated");
  }

  @Test
  void a_client_that_disconnects_after_the_end_received_the_complete_answer() throws Exception {
    node.upstream.answer(
        "*",
        call -> {
          call.head(200, "text/event-stream").send(ONE + LAST);
          call.awaitGone();
        });
    HttpRequest request =
        node.request("/v1/chat/completions")
            .POST(BodyPublishers.ofString(TestNode.chatBody(true)))
            .build();

    try (InputStream body = node.http.send(request, BodyHandlers.ofInputStream()).body()) {
      body.readNBytes((ONE + LAST).length());
    }

    assertThat(node.requests()).containsExactly("ok");
    assertThat(node.attempts()).containsExactly("ok");
  }

  @Test
  void a_refused_key_is_replaced_without_an_error_for_the_client() {
    node.upstream.answer(
        "key1",
        StreamUpstream.json(401, "{\"error\":{\"message\":\"User not found.\",\"code\":401}}"));
    node.upstream.answer(
        "key2", StreamUpstream.stream("data: {\"error\":{\"message\":\"no\",\"code\":429}}\n\n"));
    node.upstream.answer("key3", StreamUpstream.stream(ONE, LAST));

    HttpResponse<byte[]> response = node.post("/v1/chat/completions", TestNode.chatBody(true));

    assertThat(TestNode.text(response)).isEqualTo(ONE + LAST);
    assertThat(response.headers().firstValue("x-keywheel-attempts")).contains("3");
    assertThat(node.attempts()).isEqualTo(List.of("http_error", "http_error", "ok"));
  }

  @Test
  void a_key_repeated_in_a_failure_event_does_not_reach_the_client() {
    node.upstream.answer(
        "*",
        call ->
            call.head(200, "text/event-stream")
                .send(
                    "data: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\","
                        + "\"instructions\":\""
                        + "sk-or-v1-test-secret-of-"
                        + call.key()
                        + "\"}}\n\n")
                .cut());

    String stream = TestNode.text(node.post("/v1/responses", TestNode.chatBody(true)));

    assertThat(stream)
        .contains("event: response.failed\n", "\"instructions\":\"***\",\"status\":\"failed\"")
        .doesNotContain("secret-of");
  }
}

package dev.keywheel.sandbox.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.support.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Messages, Responses, Completions, embeddings, and faults in streams. */
class SandboxStreamsTest {
  private static final String KEY = "sk-or-demo-valid-01";
  private static final String TEXT = "Ready. This is the sandbox";

  @AutoClose private final Sandbox sandbox = Sandbox.start(SandboxOptions.instant());
  private final Caller caller = new Caller(sandbox);

  @Test
  void messages_are_answered_in_the_format_of_anthropic() {
    var answer = caller.post("/messages", KEY, messages());
    assertThat(answer.at("/type").asText()).isEqualTo("message");
    assertThat(answer.at("/content/0/text").asText()).startsWith(TEXT);
    assertThat(answer.at("/stop_reason").asText()).isEqualTo("end_turn");
    assertThat(answer.at("/usage/output_tokens").asInt()).isPositive();
    var events = events("/messages", KEY, messages());
    assertThat(events)
        .allMatch(event -> event.has("type"))
        .first()
        .matches(event -> event.path("type").asText().equals("message_start"));
    assertThat(events.getLast().path("type").asText()).isEqualTo("message_stop");
    assertThat(joined(events, "/delta/text")).isEqualTo(answer.at("/content/0/text").asText());
  }

  @Test
  void an_error_for_messages_has_the_format_of_anthropic() {
    var answer = caller.post("/messages", "sk-or-demo-exhausted-01", messages());
    assertThat(answer.status()).isEqualTo(402);
    assertThat(answer.at("/type").asText()).isEqualTo("error");
    assertThat(answer.at("/error/type").asText()).isEqualTo("billing_error");
    assertThat(caller.post("/messages", KEY, SandboxJson.object()).at("/error/type").asText())
        .isEqualTo("invalid_request_error");
  }

  @Test
  void a_response_that_continues_another_is_refused() {
    var body =
        SandboxJson.object()
            .put("model", Caller.FREE_MODEL)
            .put("input", "Go on.")
            .put("previous_response_id", "resp_1");

    var answer = caller.post("/responses", KEY, body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.at("/error/message").asText()).contains("previous_response_id");
  }

  @Test
  void responses_have_numbered_events_from_created_to_completed() {
    var body = SandboxJson.object().put("model", Caller.FREE_MODEL).put("input", "Say hello.");
    var answer = caller.post("/responses", KEY, body);
    assertThat(answer.at("/output/0/content/0/text").asText()).startsWith(TEXT);
    var events = events("/responses", KEY, body);
    assertThat(events.getFirst().path("type").asText()).isEqualTo("response.created");
    assertThat(events.getLast().path("type").asText()).isEqualTo("response.completed");
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).path("sequence_number").asInt(-1)).isEqualTo(i);
    }
    var deltas =
        events.stream().filter(e -> e.path("type").asText().endsWith("text.delta")).toList();
    assertThat(joined(deltas, "/delta")).isEqualTo(answer.at("/output/0/content/0/text").asText());
  }

  @Test
  void a_completion_is_requested_with_a_prompt() {
    var body = SandboxJson.object().put("model", Caller.FREE_MODEL).put("prompt", "Say hello.");
    var answer = caller.post("/completions", KEY, body);
    assertThat(answer.at("/object").asText()).isEqualTo("text_completion");
    assertThat(answer.at("/choices/0/text").asText()).startsWith(TEXT);
    assertThat(joined(events("/completions", KEY, body), "/choices/0/text"))
        .isEqualTo(answer.at("/choices/0/text").asText());
  }

  @Test
  void embeddings_are_numbers_or_the_same_numbers_in_base64() {
    var body = SandboxJson.object().put("model", "openai/text-embedding-3-small");
    body.put("dimensions", 8).putArray("input").add("one").add("two");
    var numbers = caller.post("/embeddings", KEY, body);
    assertThat(numbers.at("/data")).hasSize(2);
    var coded = caller.post("/embeddings", KEY, body.put("encoding_format", "base64"));
    var floats =
        ByteBuffer.wrap(Base64.getDecoder().decode(coded.at("/data/1/embedding").asText()))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (JsonNode number : numbers.at("/data/1/embedding")) {
      assertThat(floats.getFloat()).isEqualTo((float) number.asDouble());
    }
    assertThat(floats.hasRemaining()).isFalse();
    assertThat(numbers.at("/data/0/embedding")).isNotEqualTo(numbers.at("/data/1/embedding"));
  }

  @Test
  void embeddings_that_would_fill_the_memory_are_refused() {
    var body = SandboxJson.object().put("model", "openai/text-embedding-3-small");
    var input = body.put("dimensions", 4_096).putArray("input");
    for (int i = 0; i < 245; i++) {
      input.add("a");
    }
    var answer = caller.post("/embeddings", KEY, body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.at("/error/message").asText()).contains("too many texts");
    input.remove(0);
    assertThat(caller.post("/embeddings", KEY, body).at("/data")).hasSize(244);
  }

  @Test
  void a_stream_can_report_an_error_after_some_events() {
    var chat = Caller.body(Caller.FREE_MODEL, "Say hello.").put("max_tokens", 4000);
    var events = events("/chat/completions", "sk-or-demo-streamerror-2-01", chat);
    assertThat(events).hasSize(3);
    assertThat(events.getLast().at("/error/code").asInt()).isEqualTo(502);
    var message = events("/messages", "sk-or-demo-streamerror-2-01", messages());
    assertThat(message.getLast().path("type").asText()).isEqualTo("error");
    assertThat(events("/messages", "sk-or-demo-error200-01", messages()))
        .singleElement()
        .matches(event -> event.path("type").asText().equals("error"));
  }

  @Test
  void a_stream_can_break_and_can_end_without_a_finish_reason() {
    var chat = Caller.body(Caller.FREE_MODEL, "Say hello.").put("max_tokens", 4000);
    assertThat(raw("/chat/completions", "sk-or-demo-streamend-2-01", chat))
        .contains("data: {")
        .doesNotContain("[DONE]", "\"finish_reason\":\"stop\"");
    assertThat(catchThrowable(() -> raw("/chat/completions", "sk-or-demo-streamcut-2-01", chat)))
        .hasRootCauseInstanceOf(IOException.class);
  }

  @Test
  void an_endless_stream_ends_when_the_client_disconnects() throws Exception {
    var chat = Caller.body(Caller.FREE_MODEL, "Say hello.").put("stream", true);
    try (InputStream stream =
            HttpClient.newHttpClient()
                .send(
                    request("/chat/completions", "sk-or-demo-endless-01", chat),
                    BodyHandlers.ofInputStream())
                .body();
        var lines = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
      assertThat(lines.lines().filter(line -> line.startsWith("data: ")).limit(50).count())
          .isEqualTo(50);
    }
    Await.until("no call is open", () -> sandbox.requests().open() == 0);
  }

  private ObjectNode messages() {
    return Caller.body(Caller.FREE_MODEL, "Say hello.").put("system", "Be brief.");
  }

  private List<JsonNode> events(String path, String key, ObjectNode body) {
    return raw(path, key, body)
        .lines()
        .filter(line -> line.startsWith("data: {"))
        .map(line -> SandboxJson.read(line.substring("data: ".length())))
        .toList();
  }

  private String raw(String path, String key, ObjectNode body) {
    return caller.post(path, key, body.deepCopy().put("stream", true)).response().body();
  }

  private static String joined(List<JsonNode> events, String pointer) {
    var text = new StringBuilder();
    events.forEach(event -> text.append(event.at(pointer).asText()));
    return text.toString();
  }

  private HttpRequest request(String path, String key, JsonNode body) {
    return HttpRequest.newBuilder(URI.create(sandbox.baseUrl() + path))
        .header("Authorization", "Bearer " + key)
        .POST(BodyPublishers.ofString(SandboxJson.text(body)))
        .build();
  }
}

package dev.keywheel.provider.openrouter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.db.Json;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.ImageRequest;
import dev.keywheel.provider.MessageRole;
import dev.keywheel.provider.ReplyFormat;
import dev.keywheel.provider.ScriptedServer;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.TestClock;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests as sent, and the parts of the answers that are stored. */
@Tag("full")
@Timeout(60)
class OpenRouterTest {
  private static final String CLEAR = "sk-or-v1-0123456789abcdef";
  private static final Secret KEY = Secret.of(CLEAR);
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final String ANSWER =
      "{\"id\":\"gen-1\",\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":\"Hi\"}}]}";
  private static final String PICTURE =
      "{\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"images\":[{\"image_url\":"
          + "{\"url\":\"data:image/png;base64,iVBORw0KGgo=\"}}]}}]}";

  private final TestClock clock = new TestClock();

  @Test
  void a_chat_request_contains_key_model_messages_and_limits() throws Exception {
    try (var server = new ScriptedServer(connection -> connection.json(200, ANSWER));
        var provider = at(server)) {
      provider.chat(KEY, chat(new ReplyFormat.Text()));
      String request = server.requests().getFirst();
      assertThat(request.startsWith("POST /api/v1/chat/completions HTTP/1.1\r\n"))
          .as(request)
          .isTrue();
      assertHeader(request, "authorization: bearer " + CLEAR);
      assertHeader(request, "content-type: application/json");
      assertHeader(request, "http-referer: https://keys.example.org");
      assertHeader(request, "x-openrouter-title: keywheel");
      JsonNode body = body(request);
      assertThat(body.path("model").asText()).isEqualTo("acme/writer");
      assertThat(body.path("messages").path(0).path("role").asText()).isEqualTo("system");
      assertThat(body.path("messages").path(1).path("content").asText())
          .isEqualTo("Schreib über Öl");
      assertThat(body.path("max_tokens").asInt()).isEqualTo(16);
      assertThat(body.path("temperature").asDouble()).isEqualTo(0.4);
      assertThat(body.path("stream").asBoolean(true)).isFalse();
      assertThat(body.has("response_format")).isFalse();
      assertThat(body.has("provider")).isFalse();
    }
  }

  @Test
  void a_strict_schema_is_sent_only_to_hosts_that_support_schemas() throws Exception {
    try (var server = new ScriptedServer(connection -> connection.json(200, ANSWER));
        var provider = at(server)) {
      provider.chat(KEY, chat(new ReplyFormat.JsonSchema("plan", "{\"type\":\"object\"}")));
      JsonNode body = body(server.requests().getFirst());
      assertThat(body.path("response_format").path("type").asText()).isEqualTo("json_schema");
      JsonNode schema = body.path("response_format").path("json_schema");
      assertThat(schema.path("name").asText()).isEqualTo("plan");
      assertThat(schema.path("strict").asBoolean()).isTrue();
      assertThat(schema.path("schema").path("type").asText()).isEqualTo("object");
      assertThat(body.path("provider").toString()).isEqualTo("{\"require_parameters\":true}");
      provider.chat(KEY, chat(new ReplyFormat.JsonObject()));
      JsonNode second = body(server.requests().getLast());
      assertThat(second.path("response_format").toString()).isEqualTo("{\"type\":\"json_object\"}");
      assertThat(second.has("provider")).isFalse();
    }
  }

  @Test
  void a_key_check_requests_only_the_key_info() throws Exception {
    try (var server = new ScriptedServer(connection -> connection.json(200, "{\"data\":{}}"));
        var provider = at(server)) {
      provider.check(KEY, DEADLINE);
      String request = server.requests().getFirst();
      assertThat(request.startsWith("GET /api/v1/key HTTP/1.1\r\n")).as(request).isTrue();
      assertHeader(request, "authorization: bearer " + CLEAR);
      assertHeader(request, "host: 127.0.0.1:" + server.port());
      assertThat(request.endsWith("\r\n\r\n")).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "sk or", "sk-or\r\nX: 1", "sk-ör", "sk-or\u0000", "\u200bsk-or"})
  void a_key_that_no_header_can_contain_is_malformed_and_nothing_is_sent(String clear)
      throws Exception {
    try (var server = new ScriptedServer(connection -> connection.json(200, ANSWER));
        var provider = at(server)) {
      var key = Secret.of(clear);
      var check = (CheckOutcome.Malformed) provider.check(key, DEADLINE);
      var chat = provider.chat(key, chat(new ReplyFormat.Text()));
      assertThat(chat).isInstanceOf(CallOutcome.KeyMalformed.class);
      assertThat(check.evidence().seen())
          .isEqualTo("the key contains characters that no key can have");
      assertThat(server.requests()).isEmpty();
    }
  }

  @Test
  void a_key_that_the_upstream_repeats_is_nowhere_in_the_outcome() throws Exception {
    var odd = "odd.Key~without/known-form+1";
    ScriptedServer.Script parrot =
        connection ->
            connection.send(
                "HTTP/1.1 401 X\r\nX-Generation-Id: %s\r\nServer: Bearer %s\r\n\r\n{\"error\":\"%s %s\"}"
                    .formatted(odd, odd, odd, CLEAR));
    try (var server = new ScriptedServer(parrot);
        var provider = at(server)) {
      for (String clear : List.of(odd, CLEAR)) {
        var chat = provider.chat(Secret.of(clear), chat(new ReplyFormat.Text()));
        var check = provider.check(Secret.of(clear), DEADLINE);
        assertThat(chat.toString().contains(clear)).as(chat.toString()).isFalse();
        assertThat(check.toString().contains(clear)).as(check.toString()).isFalse();
        assertThat(new String(chat.raw(), StandardCharsets.UTF_8).contains(clear)).isFalse();
        assertThat(chat.evidence().seen().contains(CLEAR)).isFalse();
      }
    }
  }

  @Test
  void the_evidence_contains_headers_that_trace_a_call_and_no_others() throws Exception {
    ScriptedServer.Script script =
        connection ->
            connection.send(
                "HTTP/1.1 429 X\r\nCF-Ray: 8f-FRA\r\nX-RateLimit-Remaining: 0\r\nSet-Cookie: a=b\r\n"
                    + "\r\n{\"error\":{\"code\":429,\"message\":\"Slow\\u0007 down\"}}");
    try (var server = new ScriptedServer(script);
        var provider = at(server)) {
      var evidence = provider.chat(KEY, chat(new ReplyFormat.Text())).evidence();
      assertThat(evidence.headers().get("cf-ray")).isEqualTo("8f-FRA");
      assertThat(evidence.headers().get("x-ratelimit-remaining")).isEqualTo("0");
      assertThat(evidence.headers().containsKey("set-cookie")).isFalse();
      assertThat(evidence.httpStatus()).isEqualTo(429);
      assertThat(evidence.at()).isEqualTo(clock.instant());
      assertThat(evidence.source()).isEqualTo("chat");
      assertThat(evidence.seen().length() <= 500).isTrue();
    }
  }

  @Test
  void an_image_is_requested_by_chat_with_both_modalities() throws Exception {
    try (var server = new ScriptedServer(connection -> connection.json(200, PICTURE));
        var provider = at(server)) {
      var answer = (Answer) provider.image(KEY, image());
      assertThat(answer.image()).isNotEmpty();
      JsonNode body = body(server.requests().getFirst());
      assertThat(body.path("modalities").toString()).isEqualTo("[\"image\",\"text\"]");
      assertThat(body.path("image_config").path("aspect_ratio").asText()).isEqualTo("16:9");
      assertThat(body.path("messages").path(0).path("content").asText()).isEqualTo("A lighthouse");
    }
  }

  private static void assertOtherRoute(CallOutcome outcome) {
    assertThat(((CallOutcome.ModelError) outcome).kind()).isEqualTo(ModelErrorKind.OTHER_ROUTE);
  }

  @Test
  void an_image_only_model_gets_a_second_image_only_request_and_is_remembered() throws Exception {
    ScriptedServer.Script script =
        connection -> {
          if (connection.request().contains("\"text\"]")) {
            connection.json(
                404,
                "{\"error\":{\"code\":404,\"message\":\"No endpoints found that support the"
                    + " requested output modalities: image, text\"}}");
          } else {
            connection.json(200, PICTURE);
          }
        };
    try (var server = new ScriptedServer(script);
        var provider = at(server)) {
      assertOtherRoute(provider.image(KEY, image()));
      assertThat(server.requests().size()).as("one request a call").isEqualTo(1);
      assertThat(provider.image(KEY, image())).isInstanceOf(Answer.class);
      assertThat(provider.image(KEY, image())).isInstanceOf(Answer.class);
      assertThat(server.requests().size()).isEqualTo(3);
    }
  }

  @Test
  void a_model_of_the_images_route_is_called_there_and_remembered() throws Exception {
    ScriptedServer.Script script =
        connection -> {
          if (connection.request().contains("/chat/completions")) {
            connection.json(
                400,
                "{\"error\":{\"code\":400,\"message\":\"This model cannot be used with"
                    + " chat/completions. Use /api/v1/images\"}}");
          } else {
            connection.json(200, "{\"data\":[{\"b64_json\":\"iVBORw0KGgo=\"}]}");
          }
        };
    try (var server = new ScriptedServer(script);
        var provider = at(server)) {
      assertOtherRoute(provider.image(KEY, image()));
      assertThat(provider.image(KEY, image())).isInstanceOf(Answer.class);
      assertThat(provider.image(KEY, image())).isInstanceOf(Answer.class);
      assertThat(server.requests().size()).isEqualTo(3);
      String last = server.requests().getLast();
      assertThat(last.startsWith("POST /api/v1/images ")).as(last).isTrue();
      assertThat(body(last).path("prompt").asText()).isEqualTo("A lighthouse");
      assertThat(body(last).path("aspect_ratio").asText()).isEqualTo("16:9");
    }
  }

  @Test
  void eleven_mebibytes_of_base64_are_read_and_thirteen_are_not() throws Exception {
    var size = new AtomicInteger(11 << 20);
    ScriptedServer.Script script =
        connection -> {
          String base64 = "A".repeat(size.get());
          connection.json(200, "{\"data\":[{\"b64_json\":\"" + base64 + "\"}]}");
        };
    try (var server = new ScriptedServer(script);
        var provider = at(server)) {
      assertThat(provider.image(KEY, image())).isInstanceOf(Answer.class);
      size.set(13 << 20);
      var tooBig = provider.image(KEY, image());
      assertThat(((CallOutcome.ModelError) tooBig).kind()).isEqualTo(ModelErrorKind.TOO_BIG);
    }
  }

  private static ImageRequest image() {
    return new ImageRequest("acme/painter", "A lighthouse", "16:9", 0, DEADLINE);
  }

  private static ChatRequest chat(ReplyFormat format) {
    var messages =
        List.of(
            new ChatMessage(MessageRole.SYSTEM, "Operation: FAQ Generator (7 of 8)"),
            new ChatMessage(MessageRole.USER, "Schreib über Öl"));
    return new ChatRequest("acme/writer", messages, 1, 0.4, format, DEADLINE);
  }

  private OpenRouter at(ScriptedServer server) {
    URI app = URI.create("https://keys.example.org");
    return new OpenRouter("openrouter", "OpenRouter", server.base(), app, clock);
  }

  private static void assertHeader(String request, String line) {
    String head = request.substring(0, request.indexOf("\r\n\r\n"));
    assertThat(head.lines().map(l -> l.toLowerCase(Locale.ROOT)).anyMatch(line::equals))
        .as(head)
        .isTrue();
  }

  private static JsonNode body(String request) throws Exception {
    return Json.MAPPER.readTree(request.substring(request.indexOf("\r\n\r\n") + 4));
  }
}

package dev.keywheel.provider.openrouter;

import static org.junit.jupiter.api.Assertions.*;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes over the wire, and what is kept of what comes back. */
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
  void a_chat_carries_key_model_messages_and_bounds() throws Exception {
    try (var server = new ScriptedServer(talk -> talk.json(200, ANSWER));
        var provider = at(server)) {
      provider.chat(KEY, chat(new ReplyFormat.Text()));
      String request = server.requests().getFirst();
      assertTrue(request.startsWith("POST /api/v1/chat/completions HTTP/1.1\r\n"), request);
      assertHeader(request, "authorization: bearer " + CLEAR);
      assertHeader(request, "content-type: application/json");
      assertHeader(request, "http-referer: https://keys.example.org");
      assertHeader(request, "x-openrouter-title: keywheel");
      JsonNode body = body(request);
      assertEquals("acme/writer", body.path("model").asText());
      assertEquals("system", body.path("messages").path(0).path("role").asText());
      assertEquals("Schreib über Öl", body.path("messages").path(1).path("content").asText());
      assertEquals(16, body.path("max_tokens").asInt());
      assertEquals(0.4, body.path("temperature").asDouble());
      assertFalse(body.path("stream").asBoolean(true));
      assertFalse(body.has("response_format"));
      assertFalse(body.has("provider"));
    }
  }

  @Test
  void a_schema_is_sent_strictly_and_only_to_those_who_keep_it() throws Exception {
    try (var server = new ScriptedServer(talk -> talk.json(200, ANSWER));
        var provider = at(server)) {
      provider.chat(KEY, chat(new ReplyFormat.JsonSchema("plan", "{\"type\":\"object\"}")));
      JsonNode body = body(server.requests().getFirst());
      assertEquals("json_schema", body.path("response_format").path("type").asText());
      JsonNode schema = body.path("response_format").path("json_schema");
      assertEquals("plan", schema.path("name").asText());
      assertTrue(schema.path("strict").asBoolean());
      assertEquals("object", schema.path("schema").path("type").asText());
      assertEquals("{\"require_parameters\":true}", body.path("provider").toString());
      provider.chat(KEY, chat(new ReplyFormat.JsonObject()));
      JsonNode second = body(server.requests().getLast());
      assertEquals("{\"type\":\"json_object\"}", second.path("response_format").toString());
      assertFalse(second.has("provider"));
    }
  }

  @Test
  void a_check_asks_for_the_key_and_nothing_else() throws Exception {
    try (var server = new ScriptedServer(talk -> talk.json(200, "{\"data\":{}}"));
        var provider = at(server)) {
      provider.check(KEY, DEADLINE);
      String request = server.requests().getFirst();
      assertTrue(request.startsWith("GET /api/v1/key HTTP/1.1\r\n"), request);
      assertHeader(request, "authorization: bearer " + CLEAR);
      assertHeader(request, "host: 127.0.0.1:" + server.port());
      assertTrue(request.endsWith("\r\n\r\n"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "sk or", "sk-or\r\nX: 1", "sk-ör", "sk-or\u0000", "\u200bsk-or"})
  void a_key_no_header_can_carry_is_malformed_and_nothing_is_sent(String clear) throws Exception {
    try (var server = new ScriptedServer(talk -> talk.json(200, ANSWER));
        var provider = at(server)) {
      var key = Secret.of(clear);
      var check = assertInstanceOf(CheckOutcome.Malformed.class, provider.check(key, DEADLINE));
      var chat = provider.chat(key, chat(new ReplyFormat.Text()));
      assertInstanceOf(CallOutcome.KeyMalformed.class, chat);
      assertEquals("the key holds characters that no key can have", check.evidence().seen());
      assertEquals(List.of(), server.requests());
    }
  }

  @Test
  void a_key_that_the_upstream_repeats_is_nowhere_in_the_outcome() throws Exception {
    var odd = "odd.Key~without/known-form+1";
    ScriptedServer.Script parrot =
        talk ->
            talk.send(
                "HTTP/1.1 401 X\r\nX-Generation-Id: %s\r\nServer: Bearer %s\r\n\r\n{\"error\":\"%s %s\"}"
                    .formatted(odd, odd, odd, CLEAR));
    try (var server = new ScriptedServer(parrot);
        var provider = at(server)) {
      for (String clear : List.of(odd, CLEAR)) {
        var chat = provider.chat(Secret.of(clear), chat(new ReplyFormat.Text()));
        var check = provider.check(Secret.of(clear), DEADLINE);
        assertFalse(chat.toString().contains(clear), chat.toString());
        assertFalse(check.toString().contains(clear), check.toString());
        assertFalse(new String(chat.raw(), StandardCharsets.UTF_8).contains(clear));
        assertFalse(chat.evidence().seen().contains(CLEAR));
      }
    }
  }

  @Test
  void what_helps_to_trace_a_call_is_kept_and_the_rest_is_not() throws Exception {
    ScriptedServer.Script script =
        talk ->
            talk.send(
                "HTTP/1.1 429 X\r\nCF-Ray: 8f-FRA\r\nX-RateLimit-Remaining: 0\r\nSet-Cookie: a=b\r\n"
                    + "\r\n{\"error\":{\"code\":429,\"message\":\"Slow\\u0007 down\"}}");
    try (var server = new ScriptedServer(script);
        var provider = at(server)) {
      var evidence = provider.chat(KEY, chat(new ReplyFormat.Text())).evidence();
      assertEquals("8f-FRA", evidence.headers().get("cf-ray"));
      assertEquals("0", evidence.headers().get("x-ratelimit-remaining"));
      assertFalse(evidence.headers().containsKey("set-cookie"));
      assertEquals(429, evidence.httpStatus());
      assertEquals(clock.instant(), evidence.at());
      assertEquals("chat", evidence.source());
      assertTrue(evidence.seen().length() <= 500);
    }
  }

  @Test
  void an_image_is_asked_for_by_chat_with_both_modalities() throws Exception {
    try (var server = new ScriptedServer(talk -> talk.json(200, PICTURE));
        var provider = at(server)) {
      var answer = assertInstanceOf(Answer.class, provider.image(KEY, image()));
      assertEquals("image/png", answer.imageType());
      JsonNode body = body(server.requests().getFirst());
      assertEquals("[\"image\",\"text\"]", body.path("modalities").toString());
      assertEquals("16:9", body.path("image_config").path("aspect_ratio").asText());
      assertEquals("A lighthouse", body.path("messages").path(0).path("content").asText());
    }
  }

  private static void assertOtherRoute(CallOutcome outcome) {
    assertEquals(
        ModelErrorKind.OTHER_ROUTE, assertInstanceOf(CallOutcome.ModelError.class, outcome).kind());
  }

  @Test
  void a_model_that_only_draws_is_asked_again_for_a_picture_alone_and_remembered()
      throws Exception {
    ScriptedServer.Script script =
        talk -> {
          if (talk.request().contains("\"text\"]")) {
            talk.json(
                404,
                "{\"error\":{\"code\":404,\"message\":\"No endpoints found that support the"
                    + " requested output modalities: image, text\"}}");
          } else {
            talk.json(200, PICTURE);
          }
        };
    try (var server = new ScriptedServer(script);
        var provider = at(server)) {
      assertOtherRoute(provider.image(KEY, image()));
      assertEquals(1, server.requests().size(), "one request a call");
      assertInstanceOf(Answer.class, provider.image(KEY, image()));
      assertInstanceOf(Answer.class, provider.image(KEY, image()));
      assertEquals(3, server.requests().size());
    }
  }

  @Test
  void a_model_of_the_images_route_is_asked_there_and_remembered() throws Exception {
    ScriptedServer.Script script =
        talk -> {
          if (talk.request().contains("/chat/completions")) {
            talk.json(
                400,
                "{\"error\":{\"code\":400,\"message\":\"This model cannot be used with"
                    + " chat/completions. Use /api/v1/images\"}}");
          } else {
            talk.json(200, "{\"data\":[{\"b64_json\":\"iVBORw0KGgo=\"}]}");
          }
        };
    try (var server = new ScriptedServer(script);
        var provider = at(server)) {
      assertOtherRoute(provider.image(KEY, image()));
      assertInstanceOf(Answer.class, provider.image(KEY, image()));
      assertInstanceOf(Answer.class, provider.image(KEY, image()));
      assertEquals(3, server.requests().size());
      String last = server.requests().getLast();
      assertTrue(last.startsWith("POST /api/v1/images "), last);
      assertEquals("A lighthouse", body(last).path("prompt").asText());
      assertEquals("16:9", body(last).path("aspect_ratio").asText());
    }
  }

  @Test
  void a_picture_of_eleven_megabytes_fits_and_one_of_thirteen_does_not() throws Exception {
    var size = new AtomicInteger(11 << 20);
    ScriptedServer.Script script =
        talk -> {
          String base64 = "A".repeat(size.get());
          talk.json(200, "{\"data\":[{\"b64_json\":\"" + base64 + "\"}]}");
        };
    try (var server = new ScriptedServer(script);
        var provider = at(server)) {
      assertInstanceOf(Answer.class, provider.image(KEY, image()));
      size.set(13 << 20);
      var tooBig = provider.image(KEY, image());
      assertEquals(
          ModelErrorKind.TOO_BIG, assertInstanceOf(CallOutcome.ModelError.class, tooBig).kind());
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
    assertTrue(head.lines().map(l -> l.toLowerCase(Locale.ROOT)).anyMatch(line::equals), head);
  }

  private static JsonNode body(String request) throws Exception {
    return Json.MAPPER.readTree(request.substring(request.indexOf("\r\n\r\n") + 4));
  }
}

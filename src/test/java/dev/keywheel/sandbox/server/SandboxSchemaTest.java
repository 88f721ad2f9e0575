package dev.keywheel.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.SandboxJson;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Answers to requests with a JSON Schema. */
class SandboxSchemaTest {
  private static final String KEY = "sk-or-demo-valid-01";

  @AutoClose private final Sandbox sandbox = Sandbox.start(SandboxOptions.instant());
  private final Caller caller = new Caller(sandbox);

  @Test
  void an_answer_matches_the_requested_schema() {
    var schema =
        SandboxJson.read(
            """
            {"type": "object", "properties": {
              "city": {"type": "string"},
              "degrees": {"type": ["number", "null"], "minimum": 4},
              "sky": {"enum": ["clear", "cloudy"]},
              "days": {"type": "array", "minItems": 2, "items": {"$ref": "#/$defs/day"}}},
             "required": ["city", "degrees", "sky", "days"], "additionalProperties": false,
             "$defs": {"day": {"type": "object", "properties": {
               "date": {"type": "string", "format": "date"}, "wind": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
               "next": {"anyOf": [{"$ref": "#/$defs/day"}, {"type": "null"}]}}, "required": ["date", "wind"]}}}""");
    var chat = Caller.body(Caller.PAID_MODEL, "What is the weather?");
    format(chat, "response_format")
        .putObject("json_schema")
        .put("name", "weather")
        .set("schema", schema);
    var answer = answer(chat);
    assertThat(answer.properties().stream().map(Map.Entry::getKey))
        .containsExactly("city", "degrees", "sky", "days");
    assertThat(answer.path("city").isTextual()).isTrue();
    assertThat(answer.path("degrees").asDouble()).isEqualTo(4);
    assertThat(answer.path("sky").asText()).isEqualTo("clear");
    assertThat(answer.path("days")).hasSize(2);
    assertThat(answer.at("/days/0/date").asText()).isEqualTo("2026-01-31");
    assertThat(answer.at("/days/0/wind").isIntegralNumber()).isTrue();

    var responses = SandboxJson.object().put("model", Caller.PAID_MODEL).put("input", "Weather?");
    format(responses.putObject("text"), "format").set("schema", schema);
    var response = caller.post("/responses", KEY, responses);
    assertThat(SandboxJson.read(response.at("/output/0/content/0/text").asText()))
        .isEqualTo(answer);
    var messages = Caller.body(Caller.PAID_MODEL, "Weather?").put("max_tokens", 1_000);
    format(messages.putObject("output_config"), "format").set("schema", schema);
    var message = caller.post("/messages", KEY, messages);
    assertThat(SandboxJson.read(message.at("/content/0/text").asText())).isEqualTo(answer);
  }

  @Test
  void a_schema_that_requires_itself_gets_an_answer_that_ends() {
    var chat = Caller.body(Caller.PAID_MODEL, "Go on.");
    var format = format(chat, "response_format");
    format
        .putObject("json_schema")
        .set(
            "schema",
            SandboxJson.read(
                """
                {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}"""));
    assertThat(answer(chat).has("next")).isTrue();
    format.put("type", "json_object");
    assertThat(answer(chat).has("answer")).isTrue();
  }

  private static ObjectNode format(ObjectNode in, String name) {
    return in.putObject(name).put("type", "json_schema");
  }

  private JsonNode answer(ObjectNode chat) {
    return SandboxJson.read(caller.chat(KEY, chat.put("max_tokens", 1_000)).content());
  }
}

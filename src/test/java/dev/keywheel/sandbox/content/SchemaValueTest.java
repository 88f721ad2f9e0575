package dev.keywheel.sandbox.content;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.sandbox.base.SandboxJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaValueTest {
  /** Without limits, each of these would use up the memory of the process. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        {"type": "string", "minLength": 2000000000}""",
        """
        {"type": "array", "minItems": 2000000000}""",
        """
        {"type": "array", "minItems": 2000000000, "items": {"type": "object"}}""",
        """
        {"type": "array", "minItems": 1000, "items": {"type": "array", "minItems": 1000,
         "items": {"type": "array", "minItems": 1000, "items": {"const": "WORDS"}}}}""",
        """
        {"type": "array", "minItems": 100000, "items": {"enum": ["WORDS"]}}""",
        """
        {"type": "array", "minItems": 100000, "items": {"properties": {"WORDS": {}}}}""",
        """
        {"type": "object", "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}},
         "required": ["a", "b"]}""",
        """
        {"type": "object", "required": ["a", "b"], "properties": {"a": {"$ref": "#"},
         "b": {"type": "array", "minItems": 2000000000, "items": {}}}}""",
      })
  void the_value_of_a_small_schema_is_never_large(String schema) {
    assertThat(SandboxJson.text(value(schema.replace("WORDS", "words ".repeat(1_000)))))
        .hasSizeLessThan(200_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        {"$ref": "#Address"}""",
        """
        {"$ref": "https://example.com/schema"}""",
        """
        {"$ref": "#/$defs/none"}""",
        """
        {"type": "string", "maxLength": -1}""",
      })
  void a_schema_that_cannot_be_satisfied_is_answered_with_plain_text(String schema) {
    assertThat(value(schema).isTextual()).isTrue();
  }

  @Test
  void a_list_and_a_string_have_the_minimum_length_of_their_schema() {
    assertThat(
            value("{\"type\": \"array\", \"minItems\": 300, \"items\": {\"type\": \"integer\"}}"))
        .hasSize(300)
        .allMatch(JsonNode::isIntegralNumber);
    assertThat(value("{\"type\": \"string\", \"minLength\": 9000}").asText()).hasSize(9_000);
  }

  private static JsonNode value(String schema) {
    return SchemaValue.of(SandboxJson.read(schema));
  }
}

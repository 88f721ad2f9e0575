package dev.keywheel.sandbox.content;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.keywheel.sandbox.base.SandboxJson;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Generates a value for a JSON Schema. It follows types, {@code const}, {@code enum}, {@code
 * properties}, {@code required}, references within the schema, formats, and minimum and maximum
 * numbers and lengths; of {@code anyOf}, {@code oneOf} and {@code allOf}, only the first schema.
 * {@code pattern}, {@code multipleOf} and {@code exclusiveMaximum} are ignored. A value that would
 * be too long is cut.
 */
final class SchemaValue {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Maximum nesting level of optional parts, so that the value of a recursive schema is finite. */
  private static final int MAX_OPTIONAL_DEPTH = 4;

  /** Maximum nesting level, since a schema that requires itself has no finite value. */
  private static final int MAX_DEPTH = 32;

  /** Maximum size in characters: a small schema can require a value that fills the memory. */
  private static final int MAX_CHARACTERS = 50_000;

  private final JsonNode root;

  /** Number of characters that may still be read from the schema and written. */
  private int left = MAX_CHARACTERS;

  private SchemaValue(JsonNode root) {
    this.root = root;
  }

  static JsonNode of(JsonNode schema) {
    return new SchemaValue(schema).value(schema, "value", 0);
  }

  private JsonNode value(JsonNode written, String name, int depth) {
    JsonNode schema = resolved(written);
    left -= 2; // the value and a comma, even if it is nested too deeply
    if (depth > MAX_DEPTH || left <= 0) {
      return JSON.nullNode();
    }
    if (schema.has("const")) {
      return counted(schema.path("const"));
    }
    if (schema.path("enum").isArray() && !schema.path("enum").isEmpty()) {
      return counted(schema.path("enum").path(0));
    }
    return switch (type(schema, depth)) {
      case "object" -> object(schema, depth);
      case "array" -> array(schema, name, depth);
      case "integer" -> JSON.numberNode((long) Math.ceil(number(schema, 1)));
      case "number" -> JSON.numberNode(number(schema, 0.5));
      case "boolean" -> JSON.booleanNode(true);
      case "null" -> JSON.nullNode();
      default -> counted(JSON.textNode(text(schema, name)));
    };
  }

  private JsonNode counted(JsonNode value) {
    left -= value.toString().length();
    return value;
  }

  private JsonNode resolved(JsonNode written) {
    JsonNode schema = written;
    for (int i = 0; i < MAX_DEPTH; i++) {
      Optional<JsonNode> next = next(schema);
      if (next.isEmpty()) {
        break;
      }
      schema = next.get();
    }
    return schema;
  }

  /** The target of {@code $ref}, or the first alternative of the schema; empty without either. */
  private Optional<JsonNode> next(JsonNode schema) {
    var reference = schema.path("$ref").asText();
    left -= reference.length();
    return reference.equals("#") || reference.startsWith("#/")
        ? Optional.of(root.at(reference.substring(1)))
        : Stream.of("anyOf", "oneOf", "allOf")
            .map(keyword -> schema.path(keyword).path(0))
            .filter(JsonNode::isObject)
            .findFirst();
  }

  private static String type(JsonNode schema, int depth) {
    JsonNode type = schema.path("type");
    if (type.isArray()) {
      boolean nullable = Stream.of(0, 1).anyMatch(i -> type.path(i).asText().equals("null"));
      return depth > MAX_OPTIONAL_DEPTH && nullable
          ? "null"
          : type.path(type.path(0).asText().equals("null") ? 1 : 0).asText();
    }
    return type.asText(schema.has("properties") ? "object" : "string");
  }

  private JsonNode object(JsonNode schema, int depth) {
    var object = SandboxJson.object();
    JsonNode properties = schema.path("properties");
    Iterator<String> names =
        depth <= MAX_OPTIONAL_DEPTH
            ? properties.fieldNames()
            : schema.path("required").valueStream().map(JsonNode::asText).iterator();
    while (left > 0 && names.hasNext()) {
      var name = names.next();
      left -= name.length() + 1;
      if (properties.has(name)) {
        object.set(name, value(properties.path(name), name, depth + 1));
      }
    }
    return object;
  }

  private JsonNode array(JsonNode schema, String name, int depth) {
    var array = SandboxJson.MAPPER.createArrayNode();
    int count = Math.max(schema.path("minItems").asInt(), depth > MAX_OPTIONAL_DEPTH ? 0 : 1);
    int most = Math.min(count, schema.path("maxItems").asInt(count));
    while (left > 0 && array.size() < most) {
      array.add(value(schema.path("items"), name, depth + 1));
    }
    return array;
  }

  /** The minimum, or more if exclusive; without one, {@code otherwise} or a smaller maximum. */
  private static double number(JsonNode schema, double otherwise) {
    if (schema.has("exclusiveMinimum")) {
      return schema.path("exclusiveMinimum").asDouble() + otherwise;
    }
    double least = Math.max(schema.path("minimum").asDouble(otherwise), -Double.MAX_VALUE);
    return Math.min(least, schema.path("maximum").asDouble(least));
  }

  private String text(JsonNode schema, String name) {
    var text =
        switch (schema.path("format").asText()) {
          case "date-time" -> "2026-01-31T12:00:00Z";
          case "date" -> "2026-01-31";
          case "time" -> "12:00:00Z";
          case "duration" -> "PT1H";
          case "email" -> "reader@example.com";
          case "hostname" -> "example.com";
          case "uri" -> "https://example.com/";
          case "ipv4" -> "192.0.2.1";
          case "ipv6" -> "2001:db8::1";
          case "uuid" -> "00000000-0000-4000-8000-000000000001";
          default -> "A " + name + " from the sandbox";
        };
    int least = Math.min(schema.path("minLength").asInt(), left);
    var longEnough = text + ".".repeat(Math.max(0, least - text.length()));
    int most = Math.max(0, schema.path("maxLength").asInt(longEnough.length()));
    return longEnough.substring(0, Math.min(longEnough.length(), most));
  }
}

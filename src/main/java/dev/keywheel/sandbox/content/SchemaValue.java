package dev.keywheel.sandbox.content;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.keywheel.sandbox.base.SandboxJson;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A value that a JSON Schema allows, for requests that ask for one. Of the keywords, those that
 * providers take in structured outputs are read, but not {@code pattern}.
 */
final class SchemaValue {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Below this, optional parts are left out, so that a schema that refers to itself ends. */
  private static final int DEEP = 4;

  /** A schema that requires itself has no value that ends. */
  private static final int DEEPEST = 32;

  private final JsonNode root;

  private SchemaValue(JsonNode root) {
    this.root = root;
  }

  static JsonNode of(JsonNode schema) {
    return new SchemaValue(schema).value(schema, "value", 0);
  }

  private JsonNode value(JsonNode written, String name, int depth) {
    JsonNode schema = resolved(written);
    if (depth > DEEPEST) {
      return JSON.nullNode();
    }
    if (schema.has("const")) {
      return schema.path("const");
    }
    if (schema.path("enum").isArray() && !schema.path("enum").isEmpty()) {
      return schema.path("enum").path(0);
    }
    return switch (type(schema, depth)) {
      case "object" -> object(schema, depth);
      case "array" -> array(schema, name, depth);
      case "integer" -> JSON.numberNode((long) Math.ceil(number(schema, 1)));
      case "number" -> JSON.numberNode(number(schema, 0.5));
      case "boolean" -> JSON.booleanNode(true);
      case "null" -> JSON.nullNode();
      default -> JSON.textNode(text(schema, name));
    };
  }

  private JsonNode resolved(JsonNode written) {
    JsonNode schema = written;
    for (int i = 0; i < DEEPEST; i++) {
      Optional<JsonNode> next = next(schema);
      if (next.isEmpty()) {
        break;
      }
      schema = next.get();
    }
    return schema;
  }

  /** What a schema refers to, or the first of its alternatives. */
  private Optional<JsonNode> next(JsonNode schema) {
    var reference = schema.path("$ref").asText();
    return reference.startsWith("#")
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
      return depth > DEEP && nullable
          ? "null"
          : type.path(type.path(0).asText().equals("null") ? 1 : 0).asText();
    }
    return type.asText(schema.has("properties") ? "object" : "string");
  }

  private JsonNode object(JsonNode schema, int depth) {
    var object = SandboxJson.object();
    for (var property : schema.path("properties").properties()) {
      var name = property.getKey();
      if (depth <= DEEP || requires(schema, name)) {
        object.set(name, value(property.getValue(), name, depth + 1));
      }
    }
    return object;
  }

  private static boolean requires(JsonNode schema, String name) {
    for (JsonNode required : schema.path("required")) {
      if (required.asText().equals(name)) {
        return true;
      }
    }
    return false;
  }

  private JsonNode array(JsonNode schema, String name, int depth) {
    var array = SandboxJson.MAPPER.createArrayNode();
    int count = Math.max(schema.path("minItems").asInt(), depth > DEEP ? 0 : 1);
    for (int i = 0; i < Math.min(count, schema.path("maxItems").asInt(count)); i++) {
      array.add(value(schema.path("items"), name, depth + 1));
    }
    return array;
  }

  /** The smallest number that is allowed, if there is one. */
  private static double number(JsonNode schema, double otherwise) {
    if (schema.has("exclusiveMinimum")) {
      return schema.path("exclusiveMinimum").asDouble() + otherwise;
    }
    double least = Math.max(schema.path("minimum").asDouble(otherwise), -Double.MAX_VALUE);
    return Math.min(least, schema.path("maximum").asDouble(least));
  }

  private static String text(JsonNode schema, String name) {
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
    var longEnough =
        text + ".".repeat(Math.max(0, schema.path("minLength").asInt() - text.length()));
    return longEnough.substring(
        0, Math.min(longEnough.length(), schema.path("maxLength").asInt(longEnough.length())));
  }
}

package dev.keywheel.sandbox.base;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** JSON functions of the sandbox, which uses no JSON code of the product. */
public final class SandboxJson {

  public static final ObjectMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private static final Pattern SLOT = Pattern.compile("\\{(\\w+)}");

  private static final JsonNode RESPONSES = read(Resources.text("responses.json"));

  private SandboxJson() {}

  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  public static byte[] bytes(JsonNode node) {
    return text(node).getBytes(StandardCharsets.UTF_8);
  }

  public static String text(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not writable as JSON", e);
    }
  }

  public static String pretty(Object value) {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not writable as JSON", e);
    }
  }

  /** Parses a text that is known to be JSON. */
  public static JsonNode read(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + json, e);
    }
  }

  /** The entry of {@code responses.json} with this name, with its slots filled. */
  public static ObjectNode response(String entry, Map<String, ?> values) {
    return (ObjectNode) filled(RESPONSES.path(entry), values);
  }

  /**
   * JSON with the {@code {slots}} in its texts filled; a text that consists of one slot is replaced
   * by the value, with its type.
   */
  public static JsonNode filled(JsonNode template, Map<String, ?> values) {
    return switch (template) {
      case ObjectNode object -> {
        var filled = object();
        object.properties().forEach(e -> filled.set(e.getKey(), filled(e.getValue(), values)));
        yield filled;
      }
      case ArrayNode array -> {
        var filled = MAPPER.createArrayNode();
        array.forEach(item -> filled.add(filled(item, values)));
        yield filled;
      }
      case TextNode text -> {
        var slot = text.asText().replaceAll("^\\{(\\w+)}$", "$1");
        yield slot.length() == text.asText().length() - 2 && values.containsKey(slot)
            ? MAPPER.valueToTree(values.get(slot))
            : MAPPER.getNodeFactory().textNode(filled(text.asText(), values));
      }
      default -> template;
    };
  }

  private static String filled(String text, Map<String, ?> values) {
    return SLOT.matcher(text)
        .replaceAll(
            slot ->
                Matcher.quoteReplacement(
                    values.containsKey(slot.group(1))
                        ? String.valueOf(values.get(slot.group(1)))
                        : slot.group()));
  }

  public static Optional<JsonNode> read(byte[] body) {
    try {
      return Optional.ofNullable(MAPPER.readTree(body)).filter(n -> !(n instanceof MissingNode));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The outermost JSON objects in a text, in order. */
  public static List<JsonNode> objectsIn(String text) {
    var found = new ArrayList<JsonNode>();
    var characters = text.toCharArray();
    for (var at = text.indexOf('{'); at >= 0; ) {
      var parsed = objectAt(characters, at);
      parsed.ifPresent(object -> found.add(object.node));
      at = text.indexOf('{', parsed.map(Parsed::end).orElse(at + 1));
    }
    return found;
  }

  private static Optional<Parsed> objectAt(char[] text, int start) {
    try (var parser = MAPPER.createParser(text, start, text.length - start)) {
      JsonNode node = MAPPER.readTree(parser);
      return Optional.of(new Parsed(node, start + (int) parser.currentLocation().getCharOffset()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private record Parsed(JsonNode node, int end) {}
}

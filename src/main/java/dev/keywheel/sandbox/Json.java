package dev.keywheel.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The sandbox's JSON: its own, since it shares nothing with the product it stands in for. */
final class Json {

  static final ObjectMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static byte[] bytes(JsonNode node) {
    return text(node).getBytes(StandardCharsets.UTF_8);
  }

  static String text(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not writable as JSON", e);
    }
  }

  static String pretty(Object value) {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not writable as JSON", e);
    }
  }

  static Optional<JsonNode> read(byte[] body) {
    try {
      return Optional.ofNullable(MAPPER.readTree(body)).filter(n -> !(n instanceof MissingNode));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** All JSON objects that stand in a text, outermost ones only, in order. */
  static List<JsonNode> objectsIn(String text) {
    var found = new ArrayList<JsonNode>();
    for (var at = text.indexOf('{'); at >= 0; ) {
      var parsed = objectAt(text, at);
      parsed.ifPresent(object -> found.add(object.node));
      at = text.indexOf('{', parsed.map(Parsed::end).orElse(at + 1));
    }
    return found;
  }

  private static Optional<Parsed> objectAt(String text, int start) {
    try (var parser = MAPPER.createParser(text.substring(start))) {
      JsonNode node = MAPPER.readTree(parser);
      return Optional.of(new Parsed(node, start + (int) parser.currentLocation().getCharOffset()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private record Parsed(JsonNode node, int end) {}
}

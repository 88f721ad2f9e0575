package dev.keywheel.gateway.peek;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.keywheel.provider.http.JsonCursor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Top-level fields that replace those of a request body, or are added to it.
 *
 * @param values JSON texts by the name of their field, in the order in which to add them
 * @param extras whether the fields make the provider run models that the request does not name
 */
public record FieldOverrides(Map<String, String> values, boolean extras) {
  static final String BACKGROUND = "background";

  /** Fields that cannot be set: those of the request itself, and those that decide its handling. */
  private static final Set<String> FIXED =
      Set.of(
          "model",
          "models",
          "fallbacks",
          "stream",
          "stream_options",
          BACKGROUND,
          "n",
          "messages",
          "input",
          "prompt",
          "previous_response_id");

  /** Fields that choose models or endpoints. */
  private static final Set<String> ROUTING_FIELDS =
      Set.of("model", "models", "fallbacks", "plugins", "preset", "tools", PeekReader.ENDPOINTS);

  public static final FieldOverrides NONE = new FieldOverrides(Map.of(), false);

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /**
   * @param json one JSON object
   * @throws IllegalArgumentException if the text is not one JSON object, or has a field twice
   */
  public static FieldOverrides of(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    var values = new LinkedHashMap<String, String>();
    try (JsonParser parser = FACTORY.createParser(bytes)) {
      var cursor = new JsonCursor(parser, bytes);
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("not a JSON object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        int from = cursor.start();
        parser.skipChildren();
        values.put(name, new String(bytes, from, cursor.end() - from, StandardCharsets.UTF_8));
      }
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("data after the JSON object");
      }
    } catch (IOException notJson) {
      throw new IllegalArgumentException("not a JSON object");
    }
    boolean extras =
        !(RequestPeek.of(bytes) instanceof RequestPeek peek) || !peek.extras().isEmpty();
    return new FieldOverrides(values, extras);
  }

  /** Whether a field cannot be set, whatever its case: some providers ignore the case of names. */
  public static boolean isFixed(String name) {
    return FIXED.stream().anyMatch(name::equalsIgnoreCase) || isMisspelled(name);
  }

  /** Whether a provider that ignores case would take this for a field that chooses what runs. */
  static boolean isMisspelled(String name) {
    return !ROUTING_FIELDS.contains(name)
        && ROUTING_FIELDS.stream().anyMatch(name::equalsIgnoreCase);
  }

  /** Whether a request with these fields chooses among the provider's endpoints. */
  public boolean chooseEndpoints() {
    return values.containsKey(PeekReader.ENDPOINTS);
  }

  /** Whether an alias stored by an earlier version asks for responses to be fetched later. */
  public boolean background() {
    return "true".equals(values.get(BACKGROUND));
  }

  /**
   * The changes that put the fields into a body.
   *
   * @param body a body that {@link RequestPeek} has read. If it is an empty object, {@link
   *     RequestPeek#withModel} adds the field that ends these changes.
   */
  public List<Splice> splices(byte[] body) {
    if (values.isEmpty()) {
      return List.of();
    }
    var splices = new ArrayList<Splice>();
    var missing = new LinkedHashMap<>(values);
    int start;
    try (JsonParser parser = PeekReader.FACTORY.createParser(body)) {
      var cursor = new JsonCursor(parser, body);
      parser.nextToken();
      start = cursor.end();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String value = missing.remove(parser.currentName());
        parser.nextToken();
        int from = cursor.start();
        parser.skipChildren();
        if (value != null) {
          splices.add(Splice.of(from, cursor.end(), value));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // impossible: the body has been parsed before
    }
    missing.forEach(
        (name, value) -> {
          String quoted = new String(JsonStringEncoder.getInstance().quoteAsString(name));
          splices.add(Splice.of(start, start, '"' + quoted + "\":" + value + ','));
        });
    return splices;
  }
}

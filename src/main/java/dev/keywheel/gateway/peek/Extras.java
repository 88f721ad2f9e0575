package dev.keywheel.gateway.peek;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The parts of a request that make the provider run models which the request does not name. With
 * them a list of allowed models would be a fiction.
 */
final class Extras {
  private static final String ROUTER = "openrouter/";

  private final Set<String> found = new LinkedHashSet<>();

  List<String> found() {
    return List.copyOf(found);
  }

  /** A router chooses the model itself; a preset may name any. */
  void models(String model, List<String> others) {
    Stream.concat(Stream.of(model), others.stream())
        .filter(
            name ->
                name.contains("@preset/")
                    || (name.startsWith(ROUTER) && name.indexOf('/', ROUTER.length()) < 0))
        .forEach(found::add);
  }

  /** Counts unless its value is null or empty. */
  void field(String name, JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    boolean empty = token == JsonToken.VALUE_NULL;
    if (token == JsonToken.START_ARRAY) {
      empty = parser.nextToken() == JsonToken.END_ARRAY;
      while (parser.currentToken() != JsonToken.END_ARRAY) {
        parser.skipChildren();
        if (parser.nextToken() == null) {
          break;
        }
      }
    } else {
      parser.skipChildren();
    }
    if (!empty) {
      found.add(name);
    }
  }

  /** Every value of {@code type} counts, also where a tool has the field twice. */
  void tools(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return;
    }
    var types = new ArrayList<String>();
    while (parser.nextToken() != null && parser.currentToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          boolean type = parser.currentName().equals("type");
          if (parser.nextToken() == JsonToken.VALUE_STRING && type) {
            types.add(parser.getText());
          } else {
            parser.skipChildren();
          }
        }
      } else {
        parser.skipChildren();
      }
    }
    types.stream()
        .filter(type -> type.startsWith("openrouter:") || type.equals("image_generation"))
        .forEach(found::add);
  }
}

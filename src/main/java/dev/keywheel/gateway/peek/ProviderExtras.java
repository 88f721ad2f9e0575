package dev.keywheel.gateway.peek;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.keywheel.provider.http.JsonCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the parts of a request that make the provider run models which the request does not name.
 * Such parts would bypass a list of allowed models.
 */
final class ProviderExtras {
  /** Prefix of the ids of routers, which choose another model for each request. */
  private static final String ROUTER = "openrouter/";

  private static final int MAX_TYPE_LENGTH = 100;

  private static final int MAX_READ_LENGTH = 10_000;

  /** Reported instead of a type that is too long to be read: such a tool may run a model. */
  private static final String UNKNOWN_TYPE = "tools";

  private final JsonParser parser;
  private final JsonCursor cursor;
  private final Set<String> found = new LinkedHashSet<>();

  ProviderExtras(JsonParser parser, JsonCursor cursor) {
    this.parser = parser;
    this.cursor = cursor;
  }

  List<String> found() {
    return List.copyOf(found);
  }

  /** Adds routers, which choose the model themselves, and presets, which may name any model. */
  void addModels(String model, List<String> others) {
    Stream.concat(Stream.of(model), others.stream())
        .filter(ProviderExtras::choosesModel)
        .forEach(found::add);
  }

  static boolean choosesModel(String id) {
    return id.contains("@preset/")
        || (id.startsWith(ROUTER) && id.indexOf('/', ROUTER.length()) < 0);
  }

  /** Adds the name of a field unless its value is null or an empty list. */
  void addField(String name) throws IOException {
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

  /**
   * Adds tools that name a model, or whose type runs a model. Every value of {@code type} counts,
   * even if a tool has the field twice.
   */
  void addTools() throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() != null && parser.currentToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() == JsonToken.START_OBJECT) {
        addTool();
      } else {
        parser.skipChildren();
      }
    }
  }

  private void addTool() throws IOException {
    var types = new ArrayList<String>();
    boolean namesModel = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      if (value == JsonToken.VALUE_STRING && field.equalsIgnoreCase("type")) {
        @Nullable String type = cursor.text(MAX_READ_LENGTH);
        types.add(
            type == null
                ? UNKNOWN_TYPE
                : type.substring(0, Math.min(type.length(), MAX_TYPE_LENGTH)));
      } else {
        namesModel |= field.equalsIgnoreCase("model") && value != JsonToken.VALUE_NULL;
        parser.skipChildren();
      }
    }
    if (namesModel) {
      found.add(types.isEmpty() ? "tools" : types.getFirst());
    }
    types.stream().filter(ProviderExtras::runsModel).forEach(found::add);
  }

  private static boolean runsModel(String type) {
    return type.equals(UNKNOWN_TYPE)
        || type.startsWith("openrouter:")
        || type.startsWith("advisor")
        || type.equals("image_generation");
  }
}

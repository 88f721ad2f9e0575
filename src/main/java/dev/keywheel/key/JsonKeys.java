package dev.keywheel.key;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.keywheel.db.Json;
import dev.keywheel.problem.Refused;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Keys in JSON: an array of secrets or of objects with a name and a secret, alone or as the value
 * of one field; or an object of names and secrets.
 */
final class JsonKeys {
  private static final Set<String> SECRETS =
      Set.of("key", "secret", "api_key", "apikey", "token", "value");
  private static final Set<String> NAMES = Set.of("name", "label", "title", "email", "owner");

  private final String provider;
  private final JsonParser json;
  private final List<KeyLine> lines = new ArrayList<>();

  private JsonKeys(String provider, JsonParser json) {
    this.provider = provider;
    this.json = json;
  }

  static List<KeyLine> parse(String provider, String text) {
    try (JsonParser json = Json.MAPPER.createParser(text)) {
      var keys = new JsonKeys(provider, json);
      switch (json.nextToken()) {
        case START_ARRAY -> keys.array();
        case START_OBJECT -> keys.map();
        default -> {}
      }
      return keys.lines;
    } catch (JsonParseException e) {
      throw new Refused(
          "keys",
          "This begins like JSON and is not, at line "
              + e.getLocation().getLineNr()
              + ", column "
              + e.getLocation().getColumnNr()
              + ". Nothing was imported.");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void array() throws IOException {
    for (JsonToken t = json.nextToken(); t != JsonToken.END_ARRAY; t = json.nextToken()) {
      int no = line();
      if (t == JsonToken.VALUE_STRING) {
        lines.add(KeyLines.checked(provider, no, "", json.getText()));
      } else if (t == JsonToken.START_OBJECT) {
        object(no);
      } else {
        json.skipChildren();
        lines.add(KeyLine.bad(no, "", "", "Bad shape: neither a text nor an object"));
      }
    }
  }

  /** The line of the text; where several keys share one, the number goes on counting. */
  private int line() {
    int last = lines.isEmpty() ? 0 : lines.getLast().line();
    return Math.max(last + 1, json.currentTokenLocation().getLineNr());
  }

  private void object(int no) throws IOException {
    String name = "";
    String secret = "";
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName().toLowerCase(Locale.ROOT);
      if (json.nextToken() == JsonToken.VALUE_STRING) {
        secret = SECRETS.contains(field) ? json.getText() : secret;
        name = NAMES.contains(field) && name.isEmpty() ? json.getText() : name;
      } else {
        json.skipChildren();
      }
    }
    lines.add(
        secret.isEmpty()
            ? KeyLine.bad(no, name, "", "Bad shape: the object has no field key or secret")
            : KeyLines.checked(provider, no, name, secret));
  }

  private void map() throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      int no = line();
      switch (json.nextToken()) {
        case VALUE_STRING -> lines.add(KeyLines.checked(provider, no, name, json.getText()));
        case START_ARRAY -> array();
        default -> json.skipChildren();
      }
    }
  }
}

package dev.keywheel.key.imports;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.keywheel.db.Json;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.SecretShape;
import dev.keywheel.secret.SecretShape.Found;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keys in JSON: an array of secrets or of objects with a name and a secret, alone or as the value
 * of one field; an object with a name and a secret, or one a line; or an object of names and
 * secrets.
 */
final class JsonKeyParser {
  private static final Set<String> SECRETS =
      Set.of("key", "secret", "api_key", "apikey", "token", "value");
  private static final Set<String> NAMES = Set.of("name", "label", "title", "email", "owner");

  private static final String NEITHER = "Bad shape: neither a text nor an object";

  private final String provider;
  private final JsonParser json;
  private final char[] text;
  private final int before;
  private final List<ParsedKey> lines = new ArrayList<>();

  /** {@code before}: lines of the text above the one that the parser begins with. */
  private JsonKeyParser(String provider, JsonParser json, char[] text, int before) {
    this.provider = provider;
    this.json = json;
    this.text = text;
    this.before = before;
  }

  /** A field of an object whose value is a text. */
  private record Field(String name, String value) {
    boolean isIn(Set<String> names) {
      return names.contains(name.toLowerCase(Locale.ROOT));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<ParsedKey> parse(String provider, String text) {
    String[] raw = text.split(KeyListParser.NEWLINE, -1);
    if (isObjectEachLine(raw)) {
      return eachLine(provider, raw);
    }
    try {
      return read(provider, text, 0);
    } catch (JsonProcessingException e) {
      throw new Rejected(
          "keys", "This begins like JSON and is not" + at(e) + ". Nothing was imported.");
    }
  }

  private static String at(JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    return at == null ? "" : ", at line " + at.getLineNr() + ", column " + at.getColumnNr();
  }

  /** The first line is an object by itself and there are more. */
  private static boolean isObjectEachLine(String[] raw) {
    List<String> two =
        Arrays.stream(raw).map(String::strip).filter(l -> !l.isEmpty()).limit(2).toList();
    if (two.size() < 2 || !two.getFirst().startsWith("{")) {
      return false;
    }
    try {
      Json.MAPPER.readTree(two.getFirst());
      return true;
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private static List<ParsedKey> eachLine(String provider, String[] raw) {
    var lines = new ArrayList<ParsedKey>();
    for (int no = 1; no <= raw.length; no++) {
      String line = raw[no - 1].strip();
      if (line.startsWith("{") || line.startsWith("[")) {
        try {
          lines.addAll(read(provider, line, no - 1));
        } catch (JsonProcessingException e) {
          String sentence = "Bad shape: this line begins like JSON and is not";
          lines.add(ParsedKey.bad(no, "", "", sentence));
        }
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        lines.addAll(PlainLineParser.read(provider, no, line));
      }
    }
    return lines;
  }

  /** All values of the text, one after the other. */
  private static List<ParsedKey> read(String provider, String text, int before)
      throws JsonProcessingException {
    char[] chars = text.toCharArray();
    try (JsonParser json = Json.MAPPER.createParser(chars)) {
      var keys = new JsonKeyParser(provider, json, chars, before);
      for (JsonToken t = json.nextToken(); t != null; t = json.nextToken()) {
        switch (t) {
          case START_ARRAY -> keys.array();
          case START_OBJECT -> keys.outside("");
          case VALUE_STRING ->
              keys.add(KeyListParser.checked(provider, keys.line(), "", json.getText()));
          default -> keys.add(ParsedKey.bad(keys.line(), "", "", NEITHER));
        }
      }
      keys.passedOver();
      return keys.lines;
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Keys that stand where none is looked for: none is lost without a word. */
  private void passedOver() throws IOException {
    Set<String> seen =
        lines.stream().map(ParsedKey::clear).collect(Collectors.toCollection(HashSet::new));
    lines.forEach(line -> SecretShape.find(line.name()).forEach(found -> seen.add(found.clear())));
    try (JsonParser all = Json.MAPPER.createParser(text)) {
      for (JsonToken t = all.nextToken(); t != null; t = all.nextToken()) {
        if (t != JsonToken.VALUE_STRING && t != JsonToken.FIELD_NAME) {
          continue;
        }
        int no = before + all.currentTokenLocation().getLineNr();
        for (Found found : SecretShape.find(all.getText())) {
          if (found.known() && seen.add(found.clear())) {
            add(
                ParsedKey.bad(
                    no,
                    "",
                    "",
                    "A key ("
                        + found.lastFour()
                        + ") where none is looked for; write name and key"));
          }
        }
      }
    }
  }

  private void array() throws IOException {
    for (JsonToken t = json.nextToken(); t != JsonToken.END_ARRAY; t = json.nextToken()) {
      int no = line();
      if (t == JsonToken.VALUE_STRING) {
        add(KeyListParser.checked(provider, no, "", json.getText()));
      } else if (t == JsonToken.START_OBJECT) {
        object(no, "");
      } else {
        json.skipChildren();
        add(ParsedKey.bad(no, "", "", NEITHER));
      }
    }
  }

  private void add(ParsedKey line) {
    lines.add(line);
    if (lines.size() > KeyListParser.MOST_LINES) {
      throw KeyListParser.tooMany(lines.size(), "keys and more");
    }
  }

  /** The line of the text; where several keys share one, the number goes on counting. */
  private int line() {
    int last = lines.isEmpty() ? 0 : lines.getLast().line();
    return Math.max(last + 1, before + json.currentTokenLocation().getLineNr());
  }

  /** One key with its name, or with the one that the object has. */
  private void object(int no, String called) throws IOException {
    List<Field> fields = fields(json);
    String name =
        fields.stream().filter(f -> f.isIn(NAMES)).map(Field::value).findFirst().orElse(called);
    add(
        fields.stream()
            .filter(field -> field.isIn(SECRETS) && !field.value().isEmpty())
            .reduce((first, second) -> second)
            .map(field -> KeyListParser.checked(provider, no, name, field.value()))
            .orElseGet(
                () ->
                    ParsedKey.bad(
                        no, name, "", "Bad shape: the object has no field key or secret")));
  }

  /** An object outside an array: one key with its name, or names and keys. */
  private void outside(String called) throws IOException {
    int start = (int) json.currentTokenLocation().getCharOffset();
    List<Field> fields;
    try (JsonParser ahead = Json.MAPPER.createParser(text, start, text.length - start)) {
      ahead.nextToken();
      fields = fields(ahead);
    } catch (JsonProcessingException e) {
      fields = List.of(); // met again at its place in the whole text
    }
    if (isOneKey(fields)) {
      object(line(), called);
    } else {
      map();
    }
  }

  /** There is a field for the secret, and nothing that a name beside it would be lost with. */
  private static boolean isOneKey(List<Field> fields) {
    List<Field> others =
        fields.stream().filter(field -> !field.isIn(SECRETS) && !field.isIn(NAMES)).toList();
    boolean named = fields.stream().anyMatch(field -> field.isIn(NAMES));
    return fields.stream().anyMatch(field -> field.isIn(SECRETS))
        && others.stream()
            .noneMatch(
                field ->
                    named
                        ? SecretShape.find(field.value()).stream().anyMatch(Found::known)
                        : SecretValidator.looksLikeKey(field.value()));
  }

  /** The fields up to the end of the object whose values are texts. */
  private static List<Field> fields(JsonParser json) throws IOException {
    var fields = new ArrayList<Field>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      if (json.nextToken() == JsonToken.VALUE_STRING) {
        fields.add(new Field(name, json.getText()));
      } else {
        json.skipChildren();
      }
    }
    return fields;
  }

  private void map() throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      int no = line();
      switch (json.nextToken()) {
        case VALUE_STRING -> add(pair(no, name, json.getText()));
        case START_ARRAY -> array();
        case START_OBJECT -> outside(name);
        default -> {} // a number or the like is no key
      }
    }
  }

  private ParsedKey pair(int no, String name, String value) {
    boolean swapped = SecretShape.isIn(name) && !SecretShape.isIn(value);
    return swapped
        ? KeyListParser.checked(provider, no, value, name)
        : KeyListParser.checked(provider, no, name, value);
  }
}

package dev.keywheel.key.imports;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.keywheel.db.Json;
import dev.keywheel.secret.shape.SecretShape;
import dev.keywheel.secret.shape.SecretShape.Found;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Parses keys in JSON: an array of secrets or of objects with a name and a secret, or an object
 * that maps names to secrets. Both may be nested in fields of an object. A text may have one such
 * value per line.
 */
final class JsonKeyParser {
  private static final Set<String> SECRETS =
      Set.of("key", "secret", "api_key", "apikey", "token", "value");
  private static final Set<String> NAMES = Set.of("name", "label", "title", "email", "owner");

  /** The field with the details of a new key in a provider's answer to its creation. */
  private static final Set<String> DETAILS = Set.of("data");

  private static final Set<String> ACCOUNTS =
      Set.of("account", "account_id", "organisation", "organization");

  private static final Set<String> DISABLED = Set.of("disabled");

  /** Fields with the id of a key, which may look like a key of an unknown form. */
  private static final Set<String> IDS = Set.of("id", "hash");

  private static final String DISABLED_PROBLEM =
      "Disabled (\"disabled\": true); set it to false to import this key";

  private static final String NEITHER = "Invalid format: neither a text nor an object";

  private final String provider;
  private final int linesBefore;
  private final List<ParsedKey> lines = new ArrayList<>();

  private JsonKeyParser(String provider, int linesBefore) {
    this.provider = provider;
    this.linesBefore = linesBefore;
  }

  /**
   * A value of the text.
   *
   * @param line the 1-based line of the import on which the value begins
   * @param scalar the text of a text, number, boolean or null; empty for an array or object
   * @param fields the fields of an object by name
   */
  private record Value(
      int line, JsonToken begin, String scalar, List<Value> items, Map<String, Value> fields) {
    boolean isText() {
      return begin == JsonToken.VALUE_STRING;
    }

    boolean isArray() {
      return begin == JsonToken.START_ARRAY;
    }

    boolean isObject() {
      return begin == JsonToken.START_OBJECT;
    }
  }

  /**
   * @param line the 1-based line on which {@code text} begins
   */
  static List<ParsedKey> parse(String provider, String text, int line)
      throws JsonProcessingException {
    try (JsonParser json = Json.MAPPER.createParser(text)) {
      var keys = new JsonKeyParser(provider, line - 1);
      while (json.nextToken() != null) {
        Value root = keys.read(json);
        if (root.isArray() || root.isObject()) {
          keys.addValue("", root);
        } else {
          keys.addItem(root);
        }
      }
      keys.numberProblems();
      keys.reportUnreadKeys(text);
      return keys.lines;
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the value of the current token. Jackson limits the depth. */
  private Value read(JsonParser json) throws IOException {
    int line = line(json);
    JsonToken begin = json.currentToken();
    if (begin.isScalarValue()) {
      return new Value(line, begin, json.getText(), List.of(), Map.of());
    }
    var items = new ArrayList<Value>();
    var fields = new LinkedHashMap<String, Value>();
    if (begin == JsonToken.START_ARRAY) {
      while (json.nextToken() != JsonToken.END_ARRAY) {
        items.add(read(json));
      }
    } else if (begin == JsonToken.START_OBJECT) {
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        json.nextToken();
        fields.put(name, read(json));
      }
    }
    return new Value(line, begin, "", items, fields);
  }

  private int line(JsonParser json) {
    return linesBefore + json.currentTokenLocation().getLineNr();
  }

  /** Adds the keys of a value outside an array. Ignores numbers, booleans and null. */
  private void addValue(String name, Value value) {
    if (value.isText()) {
      String text = value.scalar();
      boolean swapped = SecretShape.POSSIBLE.isIn(name) && !SecretShape.POSSIBLE.isIn(text);
      add(parseKey(value.line(), swapped ? text : name, swapped ? name : text));
    } else if (value.isArray()) {
      value.items().forEach(this::addItem);
    } else if (value.isObject() && isOneKey(value)) {
      addObject(name, value);
    } else {
      value.fields().forEach(this::addValue);
    }
  }

  private void addItem(Value item) {
    if (item.isText()) {
      add(parseKey(item.line(), "", item.scalar()));
    } else if (item.isObject()) {
      addObject("", item);
    } else {
      add(ParsedKey.invalid(item.line(), "", NEITHER));
    }
  }

  /**
   * Adds the key of an object with its account. The name is taken from the object, otherwise from
   * its details, otherwise it is {@code outerName}.
   */
  private void addObject(String outerName, Value object) {
    String name = name(object).or(() -> detailedName(object)).orElse(outerName);
    String account =
        texts(object, ACCOUNTS)
            .map(Value::scalar)
            .filter(text -> !text.isBlank())
            .findFirst()
            .orElse("");
    boolean disabled =
        Stream.concat(Stream.of(object), fields(object, DETAILS))
            .flatMap(part -> fields(part, DISABLED))
            .anyMatch(value -> value.begin() == JsonToken.VALUE_TRUE);
    add(
        texts(object, SECRETS)
            .filter(secret -> !secret.scalar().isEmpty())
            .reduce((first, second) -> second)
            .map(
                secret ->
                    KeyListParser.withAccount(
                        parseKey(secret.line(), name, secret.scalar()), account))
            .map(key -> key.problem() == null && disabled ? key.refused(DISABLED_PROBLEM) : key)
            .orElseGet(
                () -> {
                  String sentence = "Invalid format: the object has no field key or secret";
                  return ParsedKey.invalid(object.line(), name, sentence);
                }));
  }

  private static Optional<String> name(Value object) {
    return texts(object, NAMES).map(Value::scalar).findFirst();
  }

  private static Optional<String> detailedName(Value object) {
    return fields(object, DETAILS)
        .findFirst()
        .flatMap(
            details ->
                texts(details, Set.of("name"))
                    .map(Value::scalar)
                    .findFirst()
                    .or(() -> name(details)));
  }

  /** Whether the object has a field for the secret, and no other field that looks like a key. */
  private static boolean isOneKey(Value object) {
    boolean named = texts(object, NAMES).findAny().isPresent();
    return texts(object, SECRETS).findAny().isPresent()
        && object.fields().entrySet().stream()
            .filter(field -> !isIn(SECRETS, field) && !isIn(NAMES, field))
            .noneMatch(
                field ->
                    isKey(
                        field.getValue().scalar(),
                        named || isIn(ACCOUNTS, field) || isIn(IDS, field)));
  }

  /**
   * @param onlyKnown whether only texts in the form of a known provider are keys, because the text
   *     may be an id
   */
  private static boolean isKey(String text, boolean onlyKnown) {
    return onlyKnown
        ? SecretShape.POSSIBLE.find(text).stream().anyMatch(Found::known)
        : SecretValidator.looksLikeKey(text);
  }

  private static Stream<Value> texts(Value object, Set<String> names) {
    return fields(object, names).filter(Value::isText);
  }

  private static Stream<Value> fields(Value object, Set<String> names) {
    return object.fields().entrySet().stream()
        .filter(field -> isIn(names, field))
        .map(Map.Entry::getValue);
  }

  private static boolean isIn(Set<String> names, Map.Entry<String, Value> field) {
    return names.contains(field.getKey().toLowerCase(Locale.ROOT));
  }

  private ParsedKey parseKey(int line, String name, String secret) {
    return KeyListParser.parseKey(provider, line, name, secret);
  }

  private void add(ParsedKey line) {
    lines.add(line);
    if (lines.size() > KeyListParser.MAX_LINES) {
      throw KeyListParser.tooMany(lines.size(), "keys and more");
    }
  }

  /** Adds the position of a key with a problem, if its line has several keys. */
  private void numberProblems() {
    var keysOnLine = new HashMap<Integer, Integer>();
    lines.forEach(key -> keysOnLine.merge(key.line(), 1, Integer::sum));
    var position = new HashMap<Integer, Integer>();
    lines.replaceAll(
        key -> {
          int at = position.merge(key.line(), 1, Integer::sum);
          return key.problem() == null || keysOnLine.getOrDefault(key.line(), 1) == 1
              ? key
              : key.refused(key.problem() + " (key " + at + " of this line)");
        });
  }

  /** Adds an invalid line for each key in a place that is not parsed, so that no key is lost. */
  private void reportUnreadKeys(String text) throws IOException {
    Set<String> reported =
        lines.stream().map(ParsedKey::clear).collect(Collectors.toCollection(HashSet::new));
    lines.forEach(
        line ->
            SecretShape.POSSIBLE.find(line.name()).forEach(found -> reported.add(found.clear())));
    try (JsonParser all = Json.MAPPER.createParser(text)) {
      for (JsonToken t = all.nextToken(); t != null; t = all.nextToken()) {
        if (t != JsonToken.VALUE_STRING && t != JsonToken.FIELD_NAME) {
          continue;
        }
        for (Found found : SecretShape.POSSIBLE.find(all.getText())) {
          if (found.known() && reported.add(found.clear())) {
            String sentence =
                "A key (" + found.lastFour() + ") in an unexpected place; write name and key";
            add(ParsedKey.invalid(line(all), "", sentence));
          }
        }
      }
    }
  }
}

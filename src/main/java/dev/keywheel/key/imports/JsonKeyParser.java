package dev.keywheel.key.imports;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.keywheel.db.Json;
import dev.keywheel.secret.shape.SecretShape;
import dev.keywheel.secret.shape.SecretShape.Found;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
  private static final Set<String> ACCOUNTS =
      Set.of("account", "account_id", "organisation", "organization");

  private static final String NEITHER = "Invalid format: neither a text nor an object";

  private final String provider;
  private final String text;
  private final List<ParsedKey> lines = new ArrayList<>();
  private int line;
  private int position;

  private JsonKeyParser(String provider, String text, int line) {
    this.provider = provider;
    this.text = text;
    this.line = line;
  }

  /** {@code line}: the 1-based line on which {@code text} begins. */
  static List<ParsedKey> parse(String provider, String text, int line)
      throws JsonProcessingException {
    try (JsonParser json = Json.MAPPER.createParser(text)) {
      var keys = new JsonKeyParser(provider, text, line);
      ObjectReader reader = Json.MAPPER.reader();
      for (JsonNode root = reader.readTree(json); root != null; root = reader.readTree(json)) {
        if (root.isContainerNode()) {
          keys.value("", root);
        } else {
          keys.item(root);
        }
      }
      keys.reportUnreadKeys(line - 1);
      return keys.lines;
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds the keys of a value outside an array. Ignores numbers, booleans and null. */
  private void value(String name, JsonNode value) {
    if (value.isTextual()) {
      String text = value.textValue();
      boolean swapped = SecretShape.POSSIBLE.isIn(name) && !SecretShape.POSSIBLE.isIn(text);
      add(checked(swapped ? text : name, swapped ? name : text));
    } else if (value.isArray()) {
      value.forEach(this::item);
    } else if (value.isObject() && isOneKey(value)) {
      object(name, value);
    } else {
      value.properties().forEach(field -> value(field.getKey(), field.getValue()));
    }
  }

  private void item(JsonNode item) {
    if (item.isTextual()) {
      add(checked("", item.textValue()));
    } else if (item.isObject()) {
      object("", item);
    } else {
      add(ParsedKey.invalid(nextLine(), "", "", NEITHER));
    }
  }

  /**
   * Adds the key of an object with the account in it, and with the name in it or else {@code
   * outerName}.
   */
  private void object(String outerName, JsonNode object) {
    String name = texts(object, NAMES).findFirst().orElse(outerName);
    String account = texts(object, ACCOUNTS).filter(text -> !text.isBlank()).findFirst().orElse("");
    add(
        texts(object, SECRETS)
            .filter(secret -> !secret.isEmpty())
            .reduce((first, second) -> second)
            .map(secret -> KeyListParser.owned(checked(name, secret), account))
            .orElseGet(
                () -> {
                  String sentence = "Invalid format: the object has no field key or secret";
                  return ParsedKey.invalid(nextLine(), name, "", sentence);
                }));
  }

  /** Whether the object has a field for the secret, and no other field that looks like a key. */
  private static boolean isOneKey(JsonNode object) {
    boolean named = texts(object, NAMES).findAny().isPresent();
    return texts(object, SECRETS).findAny().isPresent()
        && object.properties().stream()
            .filter(field -> !isIn(SECRETS, field) && !isIn(NAMES, field))
            .noneMatch(field -> isKey(field.getValue().asText(), named || isIn(ACCOUNTS, field)));
  }

  /**
   * @param known whether only texts in the form of a known provider are keys, because the text may
   *     be an id
   */
  private static boolean isKey(String text, boolean known) {
    return known
        ? SecretShape.POSSIBLE.find(text).stream().anyMatch(Found::known)
        : SecretValidator.looksLikeKey(text);
  }

  private static Stream<String> texts(JsonNode object, Set<String> names) {
    return object.properties().stream()
        .filter(field -> field.getValue().isTextual() && isIn(names, field))
        .map(field -> field.getValue().textValue());
  }

  private static boolean isIn(Set<String> names, Map.Entry<String, JsonNode> field) {
    return names.contains(field.getKey().toLowerCase(Locale.ROOT));
  }

  private ParsedKey checked(String name, String secret) {
    int at = text.indexOf(secret, position);
    if (at >= 0) {
      line += (int) text.substring(position, at).chars().filter(c -> c == '\n').count();
      position = at + secret.length();
    }
    return KeyListParser.checked(provider, nextLine(), name, secret);
  }

  /** The line number of the next key. Further keys on the same line get the following numbers. */
  private int nextLine() {
    return lines.isEmpty() ? line : Math.max(lines.getLast().line() + 1, line);
  }

  private void add(ParsedKey line) {
    lines.add(line);
    if (lines.size() > KeyListParser.MOST_LINES) {
      throw KeyListParser.tooMany(lines.size(), "keys and more");
    }
  }

  /** Adds an invalid line for each key in a place that is not parsed, so that no key is lost. */
  private void reportUnreadKeys(int linesBefore) throws IOException {
    Set<String> seen =
        lines.stream().map(ParsedKey::clear).collect(Collectors.toCollection(HashSet::new));
    lines.forEach(
        line -> SecretShape.POSSIBLE.find(line.name()).forEach(found -> seen.add(found.clear())));
    try (JsonParser all = Json.MAPPER.createParser(text)) {
      for (JsonToken t = all.nextToken(); t != null; t = all.nextToken()) {
        if (t != JsonToken.VALUE_STRING && t != JsonToken.FIELD_NAME) {
          continue;
        }
        int no = linesBefore + all.currentTokenLocation().getLineNr();
        for (Found found : SecretShape.POSSIBLE.find(all.getText())) {
          if (found.known() && seen.add(found.clear())) {
            String sentence =
                "A key (" + found.lastFour() + ") where none is looked for; write name and key";
            add(ParsedKey.invalid(no, "", "", sentence));
          }
        }
      }
    }
  }
}

package dev.keywheel.article.reply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.keywheel.article.text.TextCleaner;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads fields of a model's JSON and tolerates wrong types, such as a number for a text or a text
 * for a list, and other forms of names, such as {@code metaDescription} for {@code
 * meta_description}.
 */
public final class JsonFields {
  private static final Pattern SEPARATORS = Pattern.compile("[^\\p{L}\\p{N}]+");

  private JsonFields() {}

  /** The field of this name, otherwise the first one whose name has the same letters and digits. */
  public static JsonNode field(JsonNode node, String name) {
    if (node.has(name)) {
      return node.path(name);
    }
    var plain = plain(name);
    return node.properties().stream()
        .filter(field -> plain(field.getKey()).equals(plain))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseGet(MissingNode::getInstance);
  }

  public static boolean has(JsonNode node, String name) {
    return !field(node, name).isMissingNode();
  }

  /** The letters and digits of a field's name, in lower case. */
  public static String plain(String name) {
    return SEPARATORS.matcher(name).replaceAll("").toLowerCase(Locale.ROOT);
  }

  /** A field as one clean line; empty if the field is missing, null, an object or a list. */
  public static String line(JsonNode node, String name) {
    var value = field(node, name);
    return value.isValueNode() && !value.isNull() ? TextCleaner.line(value.asText()) : "";
  }

  /** The first field of these names that is not empty, as one clean line. */
  public static String line(JsonNode node, List<String> names) {
    return names.stream()
        .map(name -> line(node, name))
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** Like {@link #line(JsonNode, String)}, cut to {@code max} characters. */
  public static String line(JsonNode node, String name, int max) {
    return TextCleaner.cut(line(node, name), max);
  }

  /** Like {@link #line(JsonNode, String)}, but with the line breaks. */
  public static String text(JsonNode node, String name) {
    var value = field(node, name);
    return value.isValueNode() && !value.isNull() ? TextCleaner.text(value.asText()).strip() : "";
  }

  /** Like {@link #line(JsonNode, String, int)}, but null instead of an empty line. */
  public static @Nullable String optional(JsonNode node, String name, int max) {
    var value = line(node, name, max);
    return value.isEmpty() ? null : value;
  }

  /**
   * A number, even when written as a text with thousands separators; null when there is none, or
   * when it is too large for a double.
   */
  public static @Nullable Double number(JsonNode node, String name) {
    var value = field(node, name);
    if (!value.isNumber() && !value.isTextual()) {
      return null;
    }
    try {
      double parsed = Double.parseDouble(value.asText().replaceAll("[\\s,_]", ""));
      return Double.isFinite(parsed) ? parsed : null;
    } catch (NumberFormatException _) {
      return null;
    }
  }

  /** Clean, distinct lines of a list, or of one text with commas or line breaks. */
  public static List<String> lines(JsonNode node, String name, int maxItems, int maxLength) {
    var value = field(node, name);
    List<String> raw = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(item -> raw.add(item.isObject() ? firstText(item) : item.asText()));
    } else if (value.isTextual()) {
      raw.addAll(List.of(value.asText().split("[,\n]")));
    }
    return raw.stream()
        .map(l -> TextCleaner.cut(TextCleaner.line(l), maxLength))
        .filter(l -> !l.isEmpty())
        .distinct()
        .limit(maxItems)
        .toList();
  }

  /** The results of {@code read} for the objects of a list, without the empty ones. */
  public static <T> List<T> objects(
      JsonNode node, String name, int maxItems, Function<JsonNode, Optional<T>> read) {
    return field(node, name)
        .valueStream()
        .map(read)
        .flatMap(Optional::stream)
        .limit(maxItems)
        .toList();
  }

  /** The first text in an object, for a list of objects instead of texts. */
  private static String firstText(JsonNode object) {
    for (var value : object) {
      if (value.isTextual()) {
        return value.asText();
      }
    }
    return "";
  }
}

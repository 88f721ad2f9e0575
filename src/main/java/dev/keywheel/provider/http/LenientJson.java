package dev.keywheel.provider.http;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.keywheel.time.StorableTime;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads JSON from external systems: a field that is missing or has an unexpected type counts as
 * absent and is never an error.
 */
public final class LenientJson {
  /** Maximum number of tokens, far above any answer's; a tree of this size takes about 50 MB. */
  private static final long MAX_TOKENS = 500_000;

  /** Maximum length of a name: the parser's table keeps up to 6,000 names for reuse. */
  private static final int MAX_NAME = 1_000;

  /** A separate mapper: exact decimals for money, and text after the value is an error. */
  private static final ObjectMapper MAPPER =
      new ObjectMapper(
              new JsonFactoryBuilder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxTokenCount(MAX_TOKENS)
                          .maxNameLength(MAX_NAME)
                          .build())
                  .enable(
                      JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // Python writes NaN and Infinity
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Maximum number of digits of a number, in total and after the decimal point. */
  private static final int MAX_DIGITS = 18;

  /** Maximum number of decimal places of a double. More than {@link #MAX_DIGITS} are rounded. */
  private static final int MAX_PLACES = 400;

  private static final Pattern UNSTORABLE = Pattern.compile("[\\x{0}\\x{D800}-\\x{DFFF}]");

  private LenientJson() {}

  /** Parses one JSON object or array, skipping white space around it; empty for anything else. */
  public static Optional<JsonNode> parse(byte[] body) {
    try {
      return container(MAPPER.readTree(body));
    } catch (IOException notJson) {
      return Optional.empty();
    }
  }

  /**
   * Like {@link #parse(byte[])}, but replaces bytes that are not UTF-8, such as part of a
   * character.
   */
  public static Optional<JsonNode> parseReplacing(byte[] body) {
    return parse(body)
        .or(
            () ->
                isAscii(body) ? Optional.empty() : parse(new String(body, StandardCharsets.UTF_8)));
  }

  public static Optional<JsonNode> parse(String text) {
    try {
      return container(MAPPER.readTree(text));
    } catch (JsonProcessingException notJson) {
      return Optional.empty();
    }
  }

  /** Whether a body has no byte above 127, so that decoding it in another way changes nothing. */
  public static boolean isAscii(byte[] body) {
    for (byte next : body) {
      if (next < 0) {
        return false;
      }
    }
    return true;
  }

  private static Optional<JsonNode> container(JsonNode node) {
    return Optional.of(node).filter(JsonNode::isContainerNode);
  }

  public static JsonNode at(JsonNode node, String... path) {
    JsonNode here = node;
    for (String field : path) {
      here = here.path(field);
    }
    return here;
  }

  /** First element of an array; the node itself when it is not an array. */
  public static JsonNode first(JsonNode node) {
    return node.isArray() ? node.path(0) : node;
  }

  /**
   * Text of a string, number or boolean; empty for anything else. Characters that PostgreSQL cannot
   * store (NUL, unpaired surrogates) are removed.
   */
  public static String text(JsonNode node, String... path) {
    JsonNode here = at(node, path);
    return here.isValueNode() && !here.isNull()
        ? UNSTORABLE.matcher(here.asText()).replaceAll("")
        : "";
  }

  public static boolean flag(JsonNode node, String field) {
    return node.path(field).asBoolean(false);
  }

  /** A number, or a string that contains a number; empty for anything else. */
  public static Optional<BigDecimal> number(JsonNode node, String... path) {
    String text = text(node, path).strip();
    if (text.isEmpty() || text.length() > 2 * MAX_DIGITS) {
      return Optional.empty();
    }
    try {
      var number = new BigDecimal(text);
      if (number.scale() > MAX_DIGITS && number.scale() <= MAX_PLACES) {
        number = number.setScale(MAX_DIGITS, RoundingMode.HALF_EVEN);
      }
      boolean sane = Math.abs(number.scale()) <= MAX_DIGITS && number.precision() <= MAX_DIGITS;
      return Optional.of(number).filter(any -> sane);
    } catch (NumberFormatException notANumber) {
      return Optional.empty();
    }
  }

  public static Optional<Integer> integer(JsonNode node, String... path) {
    return number(node, path)
        .filter(n -> n.abs().compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) <= 0)
        .map(BigDecimal::intValue);
  }

  public static Optional<Instant> instant(JsonNode node, String... path) {
    String text = text(node, path);
    if (text.isEmpty()) {
      return Optional.empty(); // the usual case: avoids the cost of an exception
    }
    try {
      return Optional.of(StorableTime.check(OffsetDateTime.parse(text).toInstant()));
    } catch (DateTimeException notADate) {
      return Optional.empty();
    }
  }

  static JsonNode value(byte[] json, int from, int length) throws IOException {
    return MAPPER.readTree(json, from, length);
  }

  public static JsonNode missing() {
    return MissingNode.getInstance();
  }
}

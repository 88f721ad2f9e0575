package dev.keywheel.article.tool;

import dev.keywheel.article.plan.ToolBrief.Expect;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads numbers with either decimal separator and compares them with expected values. */
public final class Numbers {
  private static final Pattern NUMBER =
      Pattern.compile(
          "[-−–]?(?:\\d{1,2}(?:,\\d{2})+,\\d{3}(?!\\d)|\\d+(?:[.,'’\\u00A0\\u202F ]\\d{3})*)"
              + "(?:[.,]\\d+)?(?:[eE][+-]?\\d+)?");

  private Numbers() {}

  /** All possible values of all numbers in a text: both 1,234 and 1.234 may mean 1234 or 1.234. */
  public static List<Double> in(String text) {
    var found = new ArrayList<Double>();
    NUMBER.matcher(inAscii(text)).results().forEach(m -> found.addAll(readings(m.group())));
    return found;
  }

  /** The text with the digits and separators of other scripts, such as ٣٫٥, as 3.5. */
  private static String inAscii(String text) {
    return text.codePoints()
        .map(c -> Character.isDigit(c) ? '0' + Character.digit(c, 10) : c)
        .map(c -> c == '٫' ? '.' : c == '٬' ? ',' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** A number as written, and its possible values. */
  public record WrittenNumber(String text, List<Double> readings) {}

  /** The numbers of a text with their possible values. */
  public static List<WrittenNumber> each(String text) {
    return NUMBER
        .matcher(text)
        .results()
        .map(m -> new WrittenNumber(m.group(), readings(m.group())))
        .toList();
  }

  private static List<Double> readings(String raw) {
    var sign = raw.matches("^[-−–].*") ? -1 : 1;
    var text = raw.replaceFirst("^[-−–]", "").replaceAll("['’\\u00A0\\u202F ]", "");
    var values = new ArrayList<Double>();
    add(values, sign, text.replace(",", ""));
    add(values, sign, text.replace(".", "").replace(',', '.'));
    return values;
  }

  private static void add(List<Double> values, int sign, String text) {
    try {
      double value = sign * Double.parseDouble(text);
      if (!values.contains(value)) {
        values.add(value);
      }
    } catch (NumberFormatException _) {
      // More than one decimal separator: not a number in this notation.
    }
  }

  /**
   * Whether an output shows the expected number and text and matches the pattern. The number may
   * differ by the tolerance, by 0.0051 or by 0.05 %, whichever is largest.
   */
  public static boolean shows(String output, Expect expected) {
    var number = expected.number();
    if (number != null) {
      double allowed =
          Math.max(
              expected.tolerance() == null ? 0 : expected.tolerance(),
              Math.max(0.0051, Math.abs(number) * 0.0005));
      if (in(output).stream().noneMatch(n -> Math.abs(n - number) <= allowed)) {
        return false;
      }
    }
    if (expected.contains() != null
        && !output
            .toLowerCase(java.util.Locale.ROOT)
            .contains(expected.contains().toLowerCase(java.util.Locale.ROOT))) {
      return false;
    }
    return expected.matches() == null || LimitedSearch.finds(expected.matches(), output);
  }

  /** An expectation as text for users: each of its conditions, such as {@code 5, contains x}. */
  public static String conditions(Expect expected) {
    var number = expected.number();
    return Stream.of(
            number == null ? "" : plain(number),
            expected.contains() == null ? "" : "contains " + expected.contains(),
            expected.matches() == null ? "" : "matches " + expected.matches())
        .filter(condition -> !condition.isEmpty())
        .collect(Collectors.joining(", "));
  }

  /** A number without an exponent and without trailing zeros after the decimal point. */
  public static String plain(double number) {
    return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
  }
}

package dev.keywheel.web.page;

import static java.util.stream.Collectors.joining;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;

public final class NumberFormats {
  private static final int MAX_DECIMALS = 4;
  private static final BigDecimal MIN_SHOWN = BigDecimal.ONE.movePointLeft(MAX_DECIMALS);

  private NumberFormats() {}

  /** {@code 10,000}. */
  public static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** {@code 1 key}, {@code 2 keys}. */
  public static String counted(long number, String one) {
    return counted(number, one, one + "s");
  }

  public static String counted(long number, String one, String many) {
    return grouped(number) + " " + (number == 1 ? one : many);
  }

  /** {@code 1,190 answered, 14 refused}: without zeros, and with the labels in lower case. */
  public static String listed(Map<String, Integer> numbers) {
    return numbers.entrySet().stream()
        .filter(entry -> entry.getValue() > 0)
        .map(entry -> grouped(entry.getValue()) + " " + entry.getKey().toLowerCase(Locale.ROOT))
        .collect(joining(", "));
  }

  /**
   * {@code $0.0031}, {@code < $0.0001}: four decimals, since a call costs fractions of a cent. Only
   * zero is shown as zero.
   */
  public static String dollars(BigDecimal amount) {
    return dollars(amount, MAX_DECIMALS);
  }

  /**
   * {@code $12.50}, {@code $0.0031}, {@code < $0.0001}: with the decimals of the amount, at most
   * four.
   *
   * @param fewest minimum number of decimals, padded with zeros
   */
  public static String dollars(BigDecimal amount, int fewest) {
    if (amount.signum() > 0 && amount.compareTo(MIN_SHOWN) < 0) {
      return "< $" + MIN_SHOWN.toPlainString();
    }
    int decimals = Math.min(MAX_DECIMALS, Math.max(fewest, amount.scale()));
    return "$" + amount.setScale(decimals, RoundingMode.HALF_UP).toPlainString();
  }

  /** {@code 23}, or {@code more than 2,000} for a count that stopped at {@code most + 1}. */
  public static String upTo(int count, int most) {
    return count <= most ? grouped(count) : "more than " + grouped(most);
  }
}

package dev.keywheel.web.page;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** Formats numbers and amounts of money for display. */
public final class NumberFormats {
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

  /** {@code $0.0031}: four decimals, since a call costs fractions of a cent. */
  public static String dollars(BigDecimal amount) {
    return "$" + amount.setScale(4, RoundingMode.HALF_UP).toPlainString();
  }

  /** {@code 23}, or {@code more than 2,000} for a count that stopped at {@code most + 1}. */
  public static String upTo(int count, int most) {
    return count <= most ? grouped(count) : "more than " + grouped(most);
  }
}

package dev.keywheel.web.runs;

import dev.keywheel.web.page.NumberFormats;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** Sums and amounts as people read them. */
final class Amounts {
  private Amounts() {}

  /** {@code $0.0031}: four places, since a call costs fractions of a cent. */
  static String dollars(BigDecimal amount) {
    return "$" + amount.setScale(4, RoundingMode.HALF_UP).toPlainString();
  }

  /** {@code 1 call}, {@code 2 calls}. */
  static String counted(long number, String one, String many) {
    return NumberFormats.grouped(number) + " " + (number == 1 ? one : many);
  }
}

package dev.keywheel.sandbox;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;

/** Numbers as a browser writes them for English readers. */
final class Shown {

  private Shown() {}

  /** With thousands separators and exactly so many decimals. */
  static String number(double value, int decimals) {
    var rounded = new BigDecimal(value).setScale(decimals, RoundingMode.HALF_UP);
    return grouped("#,##0" + (decimals == 0 ? "" : "." + "0".repeat(decimals)), rounded);
  }

  /** To seven significant digits and at most six decimals. */
  static String plain(double value) {
    var seven = new BigDecimal(value).round(new MathContext(7, RoundingMode.HALF_UP)).doubleValue();
    return grouped("#,##0.######", new BigDecimal(seven).setScale(6, RoundingMode.HALF_UP));
  }

  private static String grouped(String pattern, BigDecimal value) {
    var format = new DecimalFormat(pattern, DecimalFormatSymbols.getInstance(Locale.US));
    return format.format(value.signum() == 0 ? BigDecimal.ZERO : value);
  }
}

package dev.keywheel.web.page;

import java.util.Locale;

/** Whole numbers as people read them. */
public final class NumberFormats {
  private NumberFormats() {}

  /** {@code 10,000}. */
  public static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}

package dev.keywheel.log;

import java.util.Locale;

/** Severity of a line. Its lower-case name is used in the table and in the page's filter. */
public enum Level {
  INFO,
  WARN,
  ERROR;

  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException for an unknown word
   */
  public static Level of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}

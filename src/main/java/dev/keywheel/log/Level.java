package dev.keywheel.log;

import java.util.Locale;

/** How much a line matters; the word is what the table and the page's filter say. */
public enum Level {
  INFO,
  WARN,
  ERROR;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException when it is none of the words
   */
  public static Level of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}

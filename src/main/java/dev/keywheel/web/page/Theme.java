package dev.keywheel.web.page;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Light, dark, or as the system has it. Kept in a cookie, so that no page flashes. */
public enum Theme {
  AUTO("System"),
  LIGHT("Light"),
  DARK("Dark");

  private final String label;

  Theme(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }

  /** The word in the cookie and on the document: {@code auto}, {@code light}, {@code dark}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The theme with this word; {@link #AUTO} for anything else. */
  public static Theme of(@Nullable String word) {
    for (var theme : values()) {
      if (theme.word().equals(word)) {
        return theme;
      }
    }
    return AUTO;
  }
}

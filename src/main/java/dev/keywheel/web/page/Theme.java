package dev.keywheel.web.page;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Light, dark or the system's theme. A cookie stores it, so that the first paint has its colours.
 */
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

  /** The value in the cookie and on the document: {@code auto}, {@code light}, {@code dark}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The theme with this value; {@link #AUTO} for unknown values. */
  public static Theme of(@Nullable String code) {
    for (var theme : values()) {
      if (theme.code().equals(code)) {
        return theme;
      }
    }
    return AUTO;
  }
}

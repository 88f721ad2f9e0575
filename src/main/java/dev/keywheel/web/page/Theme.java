package dev.keywheel.web.page;

import dev.keywheel.db.StoredEnum;
import org.jspecify.annotations.Nullable;

/**
 * Light, dark or the system's theme. A cookie stores its code, so that the first paint has its
 * colours.
 */
public enum Theme implements StoredEnum {
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

  /** The theme with this value; {@link #AUTO} for unknown values. */
  public static Theme of(@Nullable String code) {
    return StoredEnum.find(Theme.class, code).orElse(AUTO);
  }
}

package dev.keywheel.provider;

import java.util.Locale;

public enum MessageRole {
  SYSTEM,
  USER,
  ASSISTANT;

  /** The name in requests: {@code system}, {@code user}, {@code assistant}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}

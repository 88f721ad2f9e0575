package dev.keywheel.provider;

import java.util.Locale;

/** Who speaks in a message of a chat. */
public enum MessageRole {
  SYSTEM,
  USER,
  ASSISTANT;

  /** The word of the wire: {@code system}, {@code user}, {@code assistant}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}

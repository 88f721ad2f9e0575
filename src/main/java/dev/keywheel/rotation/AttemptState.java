package dev.keywheel.rotation;

import java.util.Locale;

/** Where an attempt stands; the word is what the table says. Only {@code SENT} is open. */
public enum AttemptState {
  SENT,
  OK,
  HTTP_ERROR,
  TIMEOUT,
  /** Answered, and stopped at the token limit. */
  CUT,
  /** Answered, and of no use to its operation. */
  INVALID,
  CANCELLED,
  /** Sent by a worker that then ended: it may have been answered, and billed. */
  UNKNOWN;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException when it is none of the words
   */
  public static AttemptState of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}

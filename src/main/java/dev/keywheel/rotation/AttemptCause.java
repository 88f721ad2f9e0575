package dev.keywheel.rotation;

import java.util.Locale;

/** Why an attempt is made; the word is what the table says. */
public enum AttemptCause {
  FIRST,
  /** The key before it was refused. Does not count against the calls of an operation. */
  REPLACEMENT,
  RETRY,
  MODEL_CHANGE,
  REASK,
  CONTINUATION,
  /** The outcome of the attempt before it is unknown. */
  RESEND;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException when it is none of the words
   */
  public static AttemptCause of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}

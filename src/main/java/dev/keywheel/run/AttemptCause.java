package dev.keywheel.run;

import java.util.Locale;

/** Why an attempt is made: the stored word and its text for people. */
public enum AttemptCause {
  FIRST("first call"),
  /** The previous key was refused. Does not count against the calls of an operation. */
  REPLACEMENT("replacement key"),
  RETRY("retry"),
  MODEL_CHANGE("other model"),
  REASK("correction"),
  CONTINUATION("continued"),
  /** The outcome of the previous attempt is unknown. */
  RESEND("sent again, outcome unknown");

  private final String label;

  AttemptCause(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException for an unknown word
   */
  public static AttemptCause of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}

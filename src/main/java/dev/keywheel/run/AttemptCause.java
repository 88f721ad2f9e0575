package dev.keywheel.run;

import dev.keywheel.db.StoredEnum;

/** Why an attempt is made: the stored code and its text for users. */
public enum AttemptCause implements StoredEnum {
  FIRST("first call"),
  /** The previous key was rejected. Counts only against the hourly limit of the operation. */
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

  /**
   * @throws IllegalArgumentException for an unknown code
   */
  public static AttemptCause of(String code) {
    return StoredEnum.of(AttemptCause.class, code);
  }
}

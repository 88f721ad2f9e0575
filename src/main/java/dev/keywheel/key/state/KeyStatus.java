package dev.keywheel.key.state;

import dev.keywheel.db.StoredEnum;
import java.util.Arrays;
import java.util.Optional;

/** The current status of a key, for the models of the text operations. */
public enum KeyStatus implements StoredEnum {
  ACTIVE("Active"),
  RATE_LIMITED("Rate limited"),
  FAILED("Failed"),
  DISABLED("Disabled");

  private final String label;

  KeyStatus(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }

  /** Throws {@link IllegalArgumentException} for an unknown code. */
  public static KeyStatus of(String code) {
    return StoredEnum.of(KeyStatus.class, code);
  }

  /** Finds a status by its code or label, regardless of case. */
  public static Optional<KeyStatus> named(String text) {
    return Arrays.stream(values())
        .filter(
            status -> status.code().equalsIgnoreCase(text) || status.label.equalsIgnoreCase(text))
        .findFirst();
  }
}

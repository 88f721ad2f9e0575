package dev.keywheel.key.state;

import java.util.Arrays;
import java.util.Optional;

/** What a key can do at the moment, for the models of the text operations. */
public enum KeyStatus {
  ACTIVE("active", "Active"),
  RATE_LIMITED("rate_limited", "Rate limited"),
  FAILED("failed", "Failed"),
  DISABLED("disabled", "Disabled");

  private final String code;
  private final String label;

  KeyStatus(String word, String label) {
    this.code = word;
    this.label = label;
  }

  /** The word in the database, in URLs and in the log. */
  public String code() {
    return code;
  }

  /** The word on the page. */
  public String label() {
    return label;
  }

  /** Throws {@link IllegalArgumentException} for any other word. */
  public static KeyStatus of(String word) {
    return Arrays.stream(values())
        .filter(status -> status.code.equals(word))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("There is no key status " + word));
  }

  /** By the word or the label, in any case. */
  public static Optional<KeyStatus> named(String text) {
    return Arrays.stream(values())
        .filter(status -> status.code.equalsIgnoreCase(text) || status.label.equalsIgnoreCase(text))
        .findFirst();
  }
}

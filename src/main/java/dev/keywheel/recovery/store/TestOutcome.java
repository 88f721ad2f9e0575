package dev.keywheel.recovery.store;

import dev.keywheel.key.state.KeyStatus;
import java.util.Locale;

/** The result of a test: the status of the key now, or that it has none from this test. */
public enum TestOutcome {
  ACTIVE("Active"),
  RATE_LIMITED("Rate limited"),
  FAILED("Failed"),
  /** The answer said nothing about the key, which keeps its status. */
  UNKNOWN("Could not be tested"),
  /** The batch was cancelled, or the key disabled or deleted, before its answer came. */
  CANCELLED("Not tested");

  private final String label;

  TestOutcome(String label) {
    this.label = label;
  }

  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  public String label() {
    return label;
  }

  /** The result that a status means for a key that was tested. */
  public static TestOutcome of(KeyStatus status) {
    return switch (status) {
      case ACTIVE -> ACTIVE;
      case RATE_LIMITED -> RATE_LIMITED;
      case FAILED -> FAILED;
      case DISABLED -> CANCELLED;
    };
  }

  /**
   * @throws IllegalArgumentException when it is none of the words
   */
  public static TestOutcome of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}

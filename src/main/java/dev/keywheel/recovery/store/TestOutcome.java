package dev.keywheel.recovery.store;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.key.state.KeyStatus;

/** The result of a test: the status of the key afterwards, if the test determined one. */
public enum TestOutcome implements StoredEnum {
  ACTIVE("Active"),
  RATE_LIMITED("Rate limited"),
  FAILED("Failed"),
  /** The answer was inconclusive; the key keeps its status. */
  UNKNOWN("Could not be tested"),
  /** The batch was cancelled, or the key was disabled or deleted, before the answer arrived. */
  CANCELLED("Not tested");

  private final String label;

  TestOutcome(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }

  /** The outcome of a test after which the key has this status. */
  public static TestOutcome of(KeyStatus status) {
    return switch (status) {
      case ACTIVE -> ACTIVE;
      case RATE_LIMITED -> RATE_LIMITED;
      case FAILED -> FAILED;
      case DISABLED -> CANCELLED;
    };
  }

  /**
   * @throws IllegalArgumentException for an unknown code
   */
  public static TestOutcome of(String code) {
    return StoredEnum.of(TestOutcome.class, code);
  }
}

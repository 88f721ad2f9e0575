package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static org.jooq.impl.DSL.inline;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.key.state.KeyStatus;
import java.util.Optional;
import org.jooq.Condition;
import org.jspecify.annotations.Nullable;

/** The result of a key in one batch of tests. */
public enum KeyTestOutcomeFilter implements StoredEnum {
  /** The key is active and was not active when the test was requested. */
  RECOVERED("Recovered", KeyStatus.ACTIVE),
  STILL_ACTIVE("Still active", KeyStatus.ACTIVE),
  /** The key is rate limited and was not rate limited when the test was requested. */
  NEWLY_LIMITED("Newly rate limited", KeyStatus.RATE_LIMITED),
  STILL_LIMITED("Still rate limited", KeyStatus.RATE_LIMITED),
  /** The key is failed and was not failed when the test was requested. */
  NEWLY_FAILED("Newly failing", KeyStatus.FAILED),
  STILL_FAILED("Still failing", KeyStatus.FAILED),
  /** The answer was inconclusive about the key. */
  UNKNOWN("Could not be tested", null),
  /** The batch was cancelled, or the key was removed from it, before the answer arrived. */
  NOT_TESTED("Not tested", null);

  private final String label;
  private final @Nullable KeyStatus resultingStatus;

  KeyTestOutcomeFilter(String label, @Nullable KeyStatus resultingStatus) {
    this.label = label;
    this.resultingStatus = resultingStatus;
  }

  public String label() {
    return label;
  }

  /**
   * Whether links to keys with this result may select them. The previous version ignores an unknown
   * result and would select all keys, so a new result is not selected until the next version.
   */
  public boolean isSelectable() {
    return this != NEWLY_LIMITED;
  }

  /** Finds a result by its code; empty for an unknown code. */
  public static Optional<KeyTestOutcomeFilter> read(@Nullable String code) {
    return StoredEnum.find(KeyTestOutcomeFilter.class, code);
  }

  /** Matches rows of {@code key_tests}. With literals the planner can use the partial indexes. */
  public Condition rows() {
    var active = inline(KeyStatus.ACTIVE.code());
    var limited = inline(KeyStatus.RATE_LIMITED.code());
    var failed = inline(KeyStatus.FAILED.code());
    return switch (this) {
      case RECOVERED -> result("active").and(KEY_TESTS.FROM_STATUS.ne(active));
      case STILL_ACTIVE -> result("active").and(KEY_TESTS.FROM_STATUS.eq(active));
      case NEWLY_LIMITED -> result("rate_limited").and(KEY_TESTS.FROM_STATUS.ne(limited));
      case STILL_LIMITED -> result("rate_limited").and(KEY_TESTS.FROM_STATUS.eq(limited));
      case NEWLY_FAILED -> result("failed").and(KEY_TESTS.FROM_STATUS.ne(failed));
      case STILL_FAILED -> result("failed").and(KEY_TESTS.FROM_STATUS.eq(failed));
      case UNKNOWN -> result("unknown");
      case NOT_TESTED -> result("cancelled");
    };
  }

  private static Condition result(String word) {
    return KEY_TESTS.RESULT.eq(inline(word));
  }

  /** Matches keys that still have the status that this result gave them. */
  Condition statusUnchanged() {
    return resultingStatus == null
        ? API_KEYS.STATUS.eq(KEY_TESTS.FROM_STATUS)
        : API_KEYS.STATUS.eq(resultingStatus.code());
  }
}

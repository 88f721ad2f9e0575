package dev.keywheel.people.identity;

import java.util.Locale;

/** What a member of a workspace may do. Ordered: each role may do all that the next one may. */
public enum Role {
  /** Keys' secrets, settings, people. */
  ADMIN,
  /** Runs, tests, enabling and disabling keys; never a secret. */
  OPERATOR,
  /** Looks only. */
  VIEWER;

  /** Whether who has this role may do what is open to {@code needed}. */
  public boolean covers(Role needed) {
    return ordinal() <= needed.ordinal();
  }

  /** The word in the database: {@code admin}, {@code operator}, {@code viewer}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The word on a page. */
  public String label() {
    return name().charAt(0) + word().substring(1);
  }

  /**
   * The role with this word.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static Role of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}

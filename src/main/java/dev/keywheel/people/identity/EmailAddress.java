package dev.keywheel.people.identity;

import dev.keywheel.problem.Rejected;
import java.util.Locale;

/** Normalizes and checks e-mail addresses, which identify users. */
public final class EmailAddress {
  /** Maximum length (RFC 5321, 4.5.3.1). */
  static final int LONGEST = 254;

  private EmailAddress() {}

  /** The normalized form, for storage and lookup. */
  public static String normal(String email) {
    return email.strip().toLowerCase(Locale.ROOT);
  }

  /**
   * Checks the address of a new user.
   *
   * @throws Rejected for the field {@code email} if it is malformed
   */
  public static String checked(String email) {
    var normal = normal(email);
    var at = normal.indexOf('@');
    if (at < 1 || at == normal.length() - 1 || at != normal.lastIndexOf('@')) {
      throw new Rejected("email", "Enter an email address, such as name@example.org.");
    }
    if (normal.length() > LONGEST
        || normal.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c))) {
      throw new Rejected(
          "email", "The email address has spaces, or more than " + LONGEST + " characters.");
    }
    return normal;
  }
}

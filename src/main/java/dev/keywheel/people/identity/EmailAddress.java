package dev.keywheel.people.identity;

import dev.keywheel.problem.Rejected;
import java.util.Locale;
import java.util.regex.Pattern;

/** Normalizes and checks email addresses, which identify users. */
public final class EmailAddress {
  /** Maximum length (RFC 5321, 4.5.3.1). */
  static final int MAX_LENGTH = 254;

  /** Spaces, control and format characters except joiners, and halves of surrogate pairs. */
  private static final Pattern INVISIBLE =
      Pattern.compile("[\\s\\p{Z}\\p{Cc}\\p{Cf}\\p{Cs}&&[^\\u200c\\u200d]]");

  /**
   * Spaces and format characters before and after a pasted address. Other control characters, such
   * as NUL, are kept, so that the address is refused.
   */
  private static final Pattern AROUND =
      Pattern.compile("^[\\s\\p{Z}\\p{Cf}]++|[\\s\\p{Z}\\p{Cf}]++$");

  private EmailAddress() {}

  /** The normalized form, for storage and lookup. */
  public static String normal(String email) {
    return AROUND.matcher(email).replaceAll("").toLowerCase(Locale.ROOT);
  }

  /** The form that earlier versions stored: with invisible characters around the address. */
  public static String earlier(String email) {
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
    if (normal.length() > MAX_LENGTH || INVISIBLE.matcher(normal).find()) {
      throw new Rejected(
          "email",
          "The email address has spaces or invisible characters, or more than %s characters."
              .formatted(MAX_LENGTH));
    }
    return normal;
  }
}

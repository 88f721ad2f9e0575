package dev.keywheel.people;

import com.nulabinc.zxcvbn.Zxcvbn;
import dev.keywheel.problem.Rejected;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Rules for new passwords: long enough, and not among the first that attackers guess.
 *
 * <p>There are no composition rules, since they make passwords worse (NIST SP 800-63B). Passwords
 * are taken as typed: nothing is trimmed; spaces and any script are allowed.
 */
public final class PasswordPolicy {
  public static final int MIN_LENGTH = 12;
  static final int MAX_LENGTH = 128;

  /**
   * The lowest accepted zxcvbn score, on its scale of 0 to 4: at least 10<sup>6</sup> guesses,
   * which take years because of the sign-in throttle.
   */
  private static final int LOWEST_SCORE = 2;

  /**
   * Maximum number of characters from which the strength is estimated, since the estimate takes
   * quadratic time.
   */
  private static final int MAX_ESTIMATED = 72;

  private static final int MIN_DIFFERENT = 5;

  /**
   * A password whose letters are exactly those before the @ of the address is refused if there are
   * at least this many.
   */
  private static final int MIN_NAME_LETTERS = 3;

  private static final List<String> CONTEXT = List.of("keywheel", "openrouter", "sandbox", "admin");

  /** Loads the word lists, which take about 10 MB, when the first password is checked. */
  private static final class Meter {
    static final Zxcvbn SHARED = new Zxcvbn();
  }

  /**
   * Checks a new password.
   *
   * @throws Rejected for the field {@code password}, with the reason
   */
  void check(String password, String email) {
    weakness(password, email)
        .ifPresent(
            sentence -> {
              throw new Rejected("password", sentence);
            });
  }

  Optional<String> weakness(String password, String email) {
    int length = password.codePointCount(0, password.length());
    if (length < MIN_LENGTH) {
      return Optional.of(
          "The password needs at least " + MIN_LENGTH + " characters; it has " + length + ".");
    }
    if (length > MAX_LENGTH) {
      return Optional.of("The password is longer than " + MAX_LENGTH + " characters.");
    }
    if (password.codePoints().distinct().count() < MIN_DIFFERENT) {
      return Optional.of(
          "The password uses too few different characters. Choose a more varied one.");
    }
    String name = letters(email.replaceFirst("@.*", ""));
    if (name.length() >= MIN_NAME_LETTERS && letters(password).equals(name)) {
      return Optional.of("The password is your email address with a few characters added.");
    }
    String estimated = password.substring(0, Math.min(password.length(), MAX_ESTIMATED));
    if (CONTEXT.contains(letters(password))
        || Meter.SHARED.measure(estimated, context(email)).getScore() < LOWEST_SCORE) {
      return Optional.of(
          "This password is one of the first that attackers guess. Choose another one.");
    }
    return Optional.empty();
  }

  /** Words that attackers try first for this server and this user. */
  private static List<String> context(String email) {
    var words = new ArrayList<String>(CONTEXT);
    words.add(email);
    words.addAll(List.of(email.split("[^\\p{L}\\p{N}]+")));
    words.removeIf(String::isEmpty);
    return words;
  }

  private static String letters(String text) {
    return text.toLowerCase(Locale.ROOT).replaceAll("\\P{L}", "");
  }
}

package dev.keywheel.people;

import dev.keywheel.db.TextResource;
import dev.keywheel.problem.Rejected;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Rules for new passwords: long enough, and not a common one.
 *
 * <p>No composition rules: they make passwords worse (NIST SP 800-63B). Passwords are taken as
 * typed: nothing is trimmed; spaces and any script are allowed.
 */
public final class PasswordPolicy {
  public static final int SHORTEST = 12;
  public static final int LONGEST = 128;

  private static final int FEWEST_DIFFERENT = 5;
  private static final int SHORTEST_MAIL_NAME = 4;
  private static final List<String> RUNS =
      List.of("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm");

  private final Set<String> common = read("common-passwords.txt");

  /**
   * Checks a new password.
   *
   * @throws Rejected for the field {@code password}, with the reason
   */
  void check(String password, String email) {
    fault(password, email)
        .ifPresent(
            sentence -> {
              throw new Rejected("password", sentence);
            });
  }

  Optional<String> fault(String password, String email) {
    var length = password.codePointCount(0, password.length());
    if (length < SHORTEST) {
      return Optional.of(
          "The password has " + length + " characters; it needs at least " + SHORTEST + ".");
    }
    if (length > LONGEST) {
      return Optional.of("The password is longer than " + LONGEST + " characters.");
    }
    if (password.codePoints().distinct().count() < FEWEST_DIFFERENT) {
      return Optional.of(
          "The password uses too few different characters. Choose a more varied one.");
    }
    var plain = password.toLowerCase(Locale.ROOT);
    if (isCommon(plain) || isRun(plain)) {
      return Optional.of(
          "This password is one of the first that attackers guess. Choose another one.");
    }
    var name = email.toLowerCase(Locale.ROOT).replaceFirst("@.*", "");
    if (name.length() >= SHORTEST_MAIL_NAME && letters(plain).equals(letters(name))) {
      return Optional.of("The password is your email address with a few characters added.");
    }
    return Optional.empty();
  }

  /** A listed password, or a listed word with digits and symbols around it: "Password1234!". */
  private boolean isCommon(String plain) {
    return common.contains(plain)
        || common.contains(letters(plain))
        || common.contains(unleet(plain));
  }

  private static boolean isRun(String plain) {
    return RUNS.stream()
        .anyMatch(run -> run.contains(plain) || run.contains(new StringBuilder(plain).reverse()));
  }

  private static String letters(String text) {
    return text.codePoints()
        .filter(Character::isLetter)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /**
   * Reduces {@code p@ssw0rd1234} to {@code password}: strips affixes first, then replaces
   * look-alikes.
   */
  private static String unleet(String plain) {
    return letters(
        plain
            .replaceAll("^\\P{L}+|\\P{L}+$", "")
            .replace('0', 'o')
            .replace('1', 'i')
            .replace('3', 'e')
            .replace('4', 'a')
            .replace('5', 's')
            .replace('@', 'a')
            .replace('$', 's')
            .replace('!', 'i'));
  }

  private static Set<String> read(String name) {
    return TextResource.read("people/" + name)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .collect(Collectors.toUnmodifiableSet());
  }
}

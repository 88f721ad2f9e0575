package dev.keywheel.key.imports;

import dev.keywheel.problem.Rejected;
import java.util.Optional;

/**
 * Checks the texts that identify a key to users: name, account and tags. Removes invisible
 * characters; refuses control characters and characters that change the reading direction.
 */
public final class LabelValidator {
  private LabelValidator() {}

  /**
   * Returns the typed text without invisible characters.
   *
   * @param what the name of the label in messages, such as {@code account}
   * @throws Rejected on {@code field} when a character is not allowed or no character is visible
   */
  public static String validate(String field, String what, String typed) {
    String label = clean(typed);
    problem(what, label)
        .ifPresent(
            sentence -> {
              throw new Rejected(field, sentence + ".");
            });
    return label;
  }

  /** Removes invisible characters, and replaces no-break spaces with spaces. */
  static String clean(String text) {
    var out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isInvisible(c) && !(isJoiner(c) && isStrayJoiner(text, i))) {
        out.append(c == 0xa0 ? ' ' : c);
      }
    }
    return out.toString();
  }

  /** The reason why a label is not allowed, without a full stop; empty when it is allowed. */
  static Optional<String> problem(String what, String label) {
    if (label.chars().anyMatch(Character::isISOControl)) {
      return Optional.of("The " + what + " has a control character");
    }
    if (label.chars().anyMatch(LabelValidator::changesDirection)) {
      return Optional.of("The " + what + " has a character that changes the reading direction");
    }
    return !label.isBlank() && label.codePoints().allMatch(LabelValidator::isBlank)
        ? Optional.of("The " + what + " has no visible character")
        : Optional.empty();
  }

  private static boolean isInvisible(char c) {
    return c == 0x200b || c == 0x200e || c == 0x200f || (c >= 0x2060 && c <= 0x2064) || c == 0xfeff;
  }

  /** Whether this is a zero-width joiner or non-joiner, which some scripts and emoji need. */
  private static boolean isJoiner(char c) {
    return c == 0x200c || c == 0x200d;
  }

  private static boolean isStrayJoiner(String text, int at) {
    return at == 0
        || at == text.length() - 1
        || text.charAt(at - 1) < 0x80
        || text.charAt(at + 1) < 0x80;
  }

  private static boolean changesDirection(int c) {
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  }

  /** Whether this is white space, a format character, or a letter without a visible shape. */
  private static boolean isBlank(int c) {
    return Character.isWhitespace(c)
        || Character.isSpaceChar(c)
        || Character.getType(c) == Character.FORMAT
        || c == 0x115f
        || c == 0x1160
        || c == 0x2800
        || c == 0x3164
        || c == 0xffa0;
  }
}

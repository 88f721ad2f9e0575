package dev.keywheel.key.imports;

import dev.keywheel.problem.Rejected;
import java.util.Optional;

/**
 * What stands beside a key for people to tell it by: its name, its account, its tags. It can be
 * read as it was written, by everybody: nothing in it is invisible, breaks the line or turns the
 * direction of reading.
 */
public final class LabelValidator {
  private LabelValidator() {}

  /**
   * As somebody typed it, cleaned of what nobody sees.
   *
   * @param what how a sentence calls it: {@code name}
   * @throws Rejected at {@code field}, when there is something in it that cannot stay
   */
  public static String typed(String field, String what, String typed) {
    String label = clean(typed);
    problem(what, label)
        .ifPresent(
            sentence -> {
              throw new Rejected(field, sentence + ".");
            });
    return label;
  }

  /** Without what editors and chat programs add and nobody sees; empty when that is all. */
  static String clean(String text) {
    var out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isInvisible(c) && !(isJoiner(c) && joinsNothing(text, i))) {
        out.append(c == 0xa0 ? ' ' : c);
      }
    }
    return out.toString();
  }

  /** Why a label cannot stay as it is, without a full stop. */
  static Optional<String> problem(String what, String label) {
    if (label.chars().anyMatch(Character::isISOControl)) {
      return Optional.of("The " + what + " has a control character");
    }
    if (label.chars().anyMatch(LabelValidator::turns)) {
      return Optional.of("The " + what + " has a character that turns the direction of reading");
    }
    return !label.isBlank() && label.codePoints().allMatch(LabelValidator::isBlank)
        ? Optional.of("Nothing in the " + what + " can be seen")
        : Optional.empty();
  }

  private static boolean isInvisible(char c) {
    return c == 0x200b || c == 0x200e || c == 0x200f || (c >= 0x2060 && c <= 0x2064) || c == 0xfeff;
  }

  /** Letters of some scripts and emoji are joined, or kept apart, by characters without a width. */
  private static boolean isJoiner(char c) {
    return c == 0x200c || c == 0x200d;
  }

  private static boolean joinsNothing(String text, int at) {
    return at == 0
        || at == text.length() - 1
        || text.charAt(at - 1) < 0x80
        || text.charAt(at + 1) < 0x80;
  }

  private static boolean turns(int c) {
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  }

  /** Space, format characters, and the letters that were made to look like nothing. */
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

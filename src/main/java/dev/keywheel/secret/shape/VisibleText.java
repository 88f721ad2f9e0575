package dev.keywheel.secret.shape;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A text without the invisible characters in or next to its words. */
final class VisibleText {
  /** Invisible characters that may be removed before a text is stored. */
  private static final Pattern INVISIBLE =
      Pattern.compile(
          "(?<!X)X++(?![^\\w-])|(?<![^\\w-])X++"
              .replace("X", "[\\p{Cf}\\u2065\\p{Cntrl}&&[^\\t\\n\\r]]"));

  private final String text;

  /** The index of each character in the original text; empty if no character was removed. */
  private final int[] origins;

  private VisibleText(String text, int[] origins) {
    this.text = text;
    this.origins = origins;
  }

  static VisibleText of(String text) {
    if (isPlain(text)) {
      return new VisibleText(text, new int[0]);
    }
    var visible = new StringBuilder();
    var origins = new int[text.length()];
    Matcher invisible = INVISIBLE.matcher(text);
    int from = 0;
    while (from < text.length()) {
      boolean more = invisible.find(from);
      int to = more ? invisible.start() : text.length();
      for (int at = from; at < to; at++) {
        origins[visible.length()] = at;
        visible.append(text.charAt(at));
      }
      from = more ? invisible.end() : to;
    }
    return visible.length() == text.length()
        ? new VisibleText(text, new int[0])
        : new VisibleText(visible.toString(), origins);
  }

  /** Whether the text contains only ASCII and no invisible characters; faster than the pattern. */
  private static boolean isPlain(String text) {
    return text.chars().allMatch(c -> (c >= ' ' && c < 0x7f) || "\t\n\r".indexOf(c) >= 0);
  }

  String text() {
    return text;
  }

  /** Whether no character was removed. */
  boolean isWhole() {
    return origins.length == 0;
  }

  /** The same characters in the original text. Call it only if characters were removed. */
  KeyRange origin(KeyRange range) {
    return new KeyRange(origins[range.start()], origins[range.end() - 1] + 1, range.known());
  }
}

package dev.keywheel.article.text;

import dev.keywheel.db.BoundedText;
import java.text.Normalizer;
import java.util.regex.Pattern;

/**
 * Removes characters that do not belong in readable text: invisible ones, and those that change the
 * reading direction.
 */
public final class TextCleaner {
  private static final Pattern INVISIBLE =
      Pattern.compile(
          "[\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F\\u00AD\\u200B\\u200E\\u200F\\u202A-\\u202E\\u2060-\\u2069\\uFEFF\\uFFF9-\\uFFFB]");
  // Zero-width joiners shape some letters and emoji; only those that join nothing are removed.
  private static final Pattern LONE_JOINER =
      Pattern.compile(
          "(?<![\\p{L}\\p{M}\\p{So}\\uFE0F\\uDC00-\\uDFFF])[\\u200C\\u200D]|[\\u200C\\u200D](?![\\p{L}\\p{M}\\p{So}])");

  private TextCleaner() {}

  /**
   * Unicode NFC, without invisible and direction-changing characters; lines end with {@code \n}.
   */
  public static String text(String raw) {
    var unified = raw.replace("\r\n", "\n").replace('\r', '\n');
    var visible =
        unified.chars().anyMatch(TextCleaner::mayBeInvisible)
            ? INVISIBLE.matcher(unified).replaceAll("")
            : unified;
    return Normalizer.normalize(withoutLoneJoiners(visible), Normalizer.Form.NFC);
  }

  /** False for the characters of most texts, because the regular expression takes long. */
  private static boolean mayBeInvisible(int c) {
    return c < ' ' ? c != '\n' && c != '\t' : c == 0x7F || c == 0xAD || c >= 0x200B;
  }

  private static String withoutLoneJoiners(String text) {
    return text.indexOf('\u200C') < 0 && text.indexOf('\u200D') < 0
        ? text
        : LONE_JOINER.matcher(text).replaceAll("");
  }

  /** One line: as {@link #text}, with white space folded and stripped. */
  public static String line(String raw) {
    return text(raw).replaceAll("\\s+", " ").strip();
  }

  /**
   * Returns at most {@code max} characters, cut at a word boundary in the last third if there is
   * one, and never inside a surrogate pair.
   */
  public static String cut(String line, int max) {
    if (line.length() <= max) {
      return line;
    }
    int space = line.lastIndexOf(' ', max);
    return BoundedText.start(line, space > max * 2 / 3 ? space : max)
        .replaceAll("[\\s,;:–—-]+$", "");
  }
}

package dev.keywheel.article.reply;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A fenced block of a reply.
 *
 * @param language the word after the opening fence in lower case; may be empty
 * @param body the lines between the fences, unchanged
 */
public record CodeFence(String language, String body) {

  /**
   * All fenced blocks in order. Only a fence of the same character and length closes a block; an
   * unclosed block extends to the end.
   */
  static List<CodeFence> all(String text) {
    var found = new ArrayList<CodeFence>();
    String open = null;
    String language = "";
    var body = new StringBuilder();
    for (var line : text.split("\n", -1)) {
      var stripped = line.strip();
      if (open == null) {
        var fence = mark(stripped);
        if (!fence.isEmpty()) {
          open = fence;
          language = stripped.substring(fence.length()).strip().toLowerCase(Locale.ROOT);
          body.setLength(0);
        }
      } else if (closes(stripped, open)) {
        found.add(new CodeFence(language, body.toString()));
        open = null;
      } else {
        body.append(line).append('\n');
      }
    }
    if (open != null) {
      found.add(new CodeFence(language, body.toString()));
    }
    return found;
  }

  /**
   * The first block in the first of the languages that occurs; otherwise the first without a
   * language.
   */
  public static Optional<CodeFence> first(String text, String... languages) {
    var all = all(text);
    for (var wanted : languages) {
      var match = all.stream().filter(f -> f.language().startsWith(wanted)).findFirst();
      if (match.isPresent()) {
        return match;
      }
    }
    return all.stream().filter(f -> f.language().isEmpty()).findFirst();
  }

  /** Whether a trimmed line closes the block that {@code mark} has opened. */
  static boolean closes(String line, String mark) {
    return line.startsWith(mark) && line.substring(mark.length()).isBlank();
  }

  /** The backticks or tildes with which a line opens a block; empty for any other line. */
  static String mark(String line) {
    for (char mark : new char[] {'`', '~'}) {
      int n = 0;
      while (n < line.length() && line.charAt(n) == mark) {
        n++;
      }
      if (n >= 3 && line.indexOf(mark, n) < 0) {
        return line.substring(0, n);
      }
    }
    return "";
  }
}

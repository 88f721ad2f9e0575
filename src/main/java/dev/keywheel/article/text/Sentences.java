package dev.keywheel.article.text;

import java.lang.Character.UnicodeScript;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Splits a text into sentences, and tells whether the last sentence is complete. */
public final class Sentences {
  /** Punctuation that ends a sentence, with quotes, brackets, footnote marks and emoji after it. */
  private static final Pattern END =
      Pattern.compile(
          "(?:[.!?…。！？｡؟۔।॥;։።:|]|(?<!`)`)(?:[\"'”’»)\\]}*_`]|\\s*\\[\\^?\\w{1,4}]|[¹²³⁰-⁹†‡]"
              + "|\\s*[\\p{IsExtended_Pictographic}\\p{IsEmoji_Modifier}\\x{1F1E6}-\\x{1F1FF}\\x{FE0F}\\x{200D}])*+\\s*$");

  private static final Pattern LIST_OR_TABLE = Pattern.compile("\\s*(?:[-*+]|\\d+[.)]|\\|)");

  /** Languages in which "the 5th of May" is "5. May". */
  private static final Set<String> DOTTED_ORDINALS =
      Set.of(
          "de", "lb", "da", "nb", "nn", "no", "fi", "et", "cs", "sk", "pl", "hu", "hr", "sl", "is");

  private static final Pattern ORDINAL = Pattern.compile("\\s\\d{1,2}\\.\\s*$");

  /** Scripts in which a sentence may end without punctuation. */
  private static final Set<UnicodeScript> NO_SIGN =
      Set.of(UnicodeScript.THAI, UnicodeScript.LAO, UnicodeScript.KHMER, UnicodeScript.MYANMAR);

  private Sentences() {}

  /**
   * The sentences in reading order, trimmed, without empty ones. A line break ends a sentence,
   * because list items and headings are lines.
   */
  public static List<String> of(String plain, Locale locale) {
    var found = new ArrayList<String>();
    boolean dots = DOTTED_ORDINALS.contains(locale.getLanguage());
    for (var line : plain.split("\n")) {
      var breaks = BreakIterator.getSentenceInstance(locale);
      breaks.setText(line);
      int from = breaks.first();
      for (int to = breaks.next(); to != BreakIterator.DONE; from = to, to = breaks.next()) {
        boolean ordinal =
            to < line.length() && dots && ORDINAL.matcher(line.substring(from, to)).find();
        if (ordinal) {
          to = breaks.next();
        }
        var sentence = line.substring(from, to).strip();
        if (!sentence.isEmpty()) {
          found.add(sentence);
        }
      }
    }
    return found;
  }

  /** Whether the text ends after a sentence, a list item or a table row. */
  public static boolean finished(String markdown) {
    var end = markdown.stripTrailing();
    if (end.isEmpty()) {
      return false;
    }
    return END.matcher(end).find()
        || LIST_OR_TABLE.matcher(end.substring(end.lastIndexOf('\n') + 1)).lookingAt()
        || end.endsWith("---")
        || NO_SIGN.contains(UnicodeScript.of(end.codePointBefore(end.length())));
  }

  /** The text up to its last complete sentence or paragraph; the whole text when it has none. */
  public static String whole(String markdown) {
    var end = markdown.stripTrailing();
    if (END.matcher(end).find()) {
      return end;
    }
    for (int i = end.length() - 1; i > 0; i--) {
      boolean after =
          i + 1 >= end.length()
              || Character.isWhitespace(end.charAt(i + 1))
              || isWide(end.charAt(i));
      if (".!?…。！？｡؟۔।॥;։።".indexOf(end.charAt(i)) >= 0 && after) {
        return end.substring(0, i + 1);
      }
      if (end.charAt(i) == '\n' && end.charAt(i - 1) == '\n') {
        return end.substring(0, i).stripTrailing();
      }
    }
    return end;
  }

  private static boolean isWide(char mark) {
    return mark == '。' || mark == '！' || mark == '？';
  }
}

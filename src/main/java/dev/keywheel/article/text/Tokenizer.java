package dev.keywheel.article.text;

import java.lang.Character.UnicodeScript;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Splits a text into words. In scripts without spaces every character counts as a word. */
public final class Tokenizer {
  private static final Set<String> COMMON =
      Set.copyOf(
          // Frequent words of English, German, French, Spanish and Italian, which describe no
          // topic.
          List.of(
              ("the a an and or but if then than of to in on for with at by from as is are was were be been it its this that these those you your we our they their"
                      + " not no can will would should may might more most such when which who what how why into out up down over under about also only so do does did has have had"
                      + " der die das ein eine und oder aber wenn dann als von zu im am auf für mit bei aus ist sind war es sie wir ihr nicht kein auch nur so wie was"
                      + " le la les un une des et ou mais si de du au aux en dans sur pour avec par est sont il elle nous vous ils ce cette qui que ne pas plus"
                      + " el los las una unos y o pero si de del al en con por para es son se su sus que no más como"
                      + " il lo gli uno e o ma se di del della a da in con su per è sono che non più come")
                  .split(" ")));

  private Tokenizer() {}

  /** The words in order, in lower case. */
  public static List<String> of(String plain) {
    var words = new ArrayList<String>();
    var breaks = BreakIterator.getWordInstance(Locale.ROOT);
    breaks.setText(plain);
    int from = breaks.first();
    for (int to = breaks.next(); to != BreakIterator.DONE; from = to, to = breaks.next()) {
      if (!Character.isLetterOrDigit(plain.codePointAt(from))) {
        continue;
      }
      var token = plain.substring(from, to);
      if (withoutSpaces(token)) {
        token.codePoints().forEach(c -> words.add(Character.toString(c)));
      } else {
        words.add(token.toLowerCase(Locale.ROOT));
      }
    }
    return words;
  }

  public static int count(String plain) {
    return of(plain).size();
  }

  /** How often a text contains a phrase in any case; 0 for a blank phrase. */
  public static int occurrences(String plain, String phrase) {
    return phrase.isBlank()
        ? 0
        : withoutCase(plain).split(Pattern.quote(withoutCase(phrase)), -1).length - 1;
  }

  /** In Turkish, i is the small İ, and ı the small I: here all four are the same letter. */
  private static String withoutCase(String text) {
    return text.toLowerCase(Locale.ROOT).replace("i\u0307", "i").replace('ı', 'i');
  }

  /** Words of three letters or more, and characters of unspaced scripts; no function words. */
  public static List<String> content(String plain) {
    return of(plain).stream()
        .filter(w -> (w.length() > 2 || withoutSpaces(w)) && !COMMON.contains(w))
        .toList();
  }

  /** The {@code n} most frequent content words, most frequent first, ties in alphabetical order. */
  public static List<String> frequent(String plain, int n) {
    Map<String, Integer> counts = new HashMap<>();
    content(plain).forEach(w -> counts.merge(w, 1, Integer::sum));
    return counts.entrySet().stream()
        .sorted(
            Comparator.comparingInt((Map.Entry<String, Integer> e) -> -e.getValue())
                .thenComparing(Map.Entry::getKey))
        .limit(n)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Similarity of two short texts by their content words, 0 to 1 (Jaccard). */
  public static double similarity(String a, String b) {
    var left = new HashSet<>(content(a));
    var right = new HashSet<>(content(b));
    if (left.isEmpty() || right.isEmpty()) {
      return TextCleaner.line(a).equalsIgnoreCase(TextCleaner.line(b)) ? 1 : 0;
    }
    var both = new HashSet<>(left);
    both.retainAll(right);
    left.addAll(right);
    return (double) both.size() / left.size();
  }

  /** The {@link #share} of a word between spaces. */
  static final int WHOLE_WORD = 30;

  /**
   * How much of a word a token of {@link #of} is, in units of 1/{@value #WHOLE_WORD}: about two
   * Chinese or five Thai characters make one word.
   */
  static int share(String word) {
    return switch (UnicodeScript.of(word.codePointAt(0))) {
      case HAN -> WHOLE_WORD / 2;
      case HIRAGANA, KATAKANA -> WHOLE_WORD / 3;
      case THAI, LAO, KHMER, MYANMAR -> WHOLE_WORD / 5;
      default -> WHOLE_WORD;
    };
  }

  static boolean withoutSpaces(String token) {
    return !token.isEmpty() && share(token) < WHOLE_WORD;
  }
}

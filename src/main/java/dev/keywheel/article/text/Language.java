package dev.keywheel.article.text;

import java.lang.Character.UnicodeScript;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Recognizes the language of a text by its script and its function words.
 *
 * <p>Reports only clear cases, because a false alarm discards a good text. A language without
 * function words here is recognized by its script alone; other languages are not checked.
 */
public final class Language {
  private static final Map<String, Set<String>> FUNCTION_WORDS =
      Map.of(
          "en",
              words("the and of to in is that for it with as are this on be you your not can from"),
          "de",
              words(
                  "der die das und ist nicht mit von für auf ein eine sie den dem zu werden auch sich wenn"),
          "fr",
              words(
                  "le la les des et est une pour dans que qui sur avec vous pas du au ce plus votre"),
          "es", words("el los las una que con para por del está son como más su se es y no al lo"),
          "it",
              words(
                  "il lo gli una che con per del della sono è non più come si di nel alla dei le"),
          "pt", words("o os as uma que com para por do da são não mais como se é em ao dos seu"),
          "nl",
              words("de het een en van is dat niet met voor op te zijn aan als je ook er bij of"));
  private static final Map<String, Set<UnicodeScript>> SCRIPTS =
      Map.ofEntries(
          Map.entry("ru", Set.of(UnicodeScript.CYRILLIC)),
          Map.entry("uk", Set.of(UnicodeScript.CYRILLIC)),
          Map.entry("bg", Set.of(UnicodeScript.CYRILLIC)),
          Map.entry("el", Set.of(UnicodeScript.GREEK)),
          Map.entry("ar", Set.of(UnicodeScript.ARABIC)),
          Map.entry("fa", Set.of(UnicodeScript.ARABIC)),
          Map.entry("ur", Set.of(UnicodeScript.ARABIC)),
          Map.entry("he", Set.of(UnicodeScript.HEBREW)),
          Map.entry(
              "ja", Set.of(UnicodeScript.HAN, UnicodeScript.HIRAGANA, UnicodeScript.KATAKANA)),
          Map.entry("zh", Set.of(UnicodeScript.HAN)),
          Map.entry("ko", Set.of(UnicodeScript.HANGUL, UnicodeScript.HAN)),
          Map.entry("hi", Set.of(UnicodeScript.DEVANAGARI)),
          Map.entry("bn", Set.of(UnicodeScript.BENGALI)),
          Map.entry("ta", Set.of(UnicodeScript.TAMIL)),
          Map.entry("th", Set.of(UnicodeScript.THAI)));

  /** Minimum number of function words that identify a language. */
  private static final int MIN_FUNCTION_WORDS = 5;

  private static final int MIN_LETTERS = 60;

  private Language() {}

  /**
   * True only when the text is clearly not in the language (a language tag such as {@code en} or
   * {@code pt-BR}).
   */
  public static boolean wrong(String plain, String language) {
    var tag = WritingSystem.tag(language);
    var code = tag.getLanguage();
    if (!longEnough(plain)) {
      return false;
    }
    long letters = letters(plain);
    var latin = Set.of(UnicodeScript.LATIN);
    var expected = tag.getScript().equals(WritingSystem.LATIN_SCRIPT) ? latin : SCRIPTS.get(code);
    if (expected == null && !FUNCTION_WORDS.containsKey(code)) {
      return false;
    }
    var scripts = expected == null ? latin : expected;
    long right =
        plain
            .codePoints()
            .filter(Character::isLetter)
            .filter(c -> scripts.contains(UnicodeScript.of(c)))
            .count();
    if (right * 2 < letters) {
      return true;
    }
    return expected == null && otherLanguage(plain, code);
  }

  /** Whether a text has enough letters to identify its language. */
  public static boolean longEnough(String plain) {
    return letters(plain) >= MIN_LETTERS;
  }

  private static long letters(String plain) {
    return plain.codePoints().filter(Character::isLetter).count();
  }

  /** The ISO code of the language with by far the most function words; empty if there is none. */
  public static Optional<String> detect(String plain) {
    var tokens = Tokenizer.of(plain);
    var counts = new TreeMap<String, Long>();
    FUNCTION_WORDS.keySet().forEach(c -> counts.put(c, count(tokens, c)));
    var best = counts.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey);
    return best.filter(
        code -> {
          long most = counts.getOrDefault(code, 0L);
          return most >= MIN_FUNCTION_WORDS
              && counts.entrySet().stream()
                  .filter(c -> !c.getKey().equals(code))
                  .allMatch(c -> c.getValue() * 4 < most * 3);
        });
  }

  /** Whether another language has at least 12 function words and more than twice as many. */
  private static boolean otherLanguage(String plain, String code) {
    var tokens = Tokenizer.of(plain);
    long own = count(tokens, code);
    long best =
        FUNCTION_WORDS.keySet().stream()
            .filter(c -> !c.equals(code))
            .mapToLong(c -> count(tokens, c))
            .max()
            .orElse(0);
    return best >= 12 && best > own * 2;
  }

  private static long count(java.util.List<String> tokens, String code) {
    var functionWords = FUNCTION_WORDS.getOrDefault(code, Set.of());
    return tokens.stream().filter(functionWords::contains).count();
  }

  private static Set<String> words(String line) {
    return new HashSet<>(Arrays.asList(line.split(" ")));
  }
}

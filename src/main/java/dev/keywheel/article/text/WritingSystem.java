package dev.keywheel.article.text;

import java.util.Locale;
import java.util.Set;

/** How a language is written, as far as it affects the length of texts. */
public enum WritingSystem {
  /** Words with spaces in the Latin script; also for unknown languages. */
  LATIN,
  /** Words with spaces in a non-Latin script: models spend more tokens on them. */
  OTHER,
  /** No spaces: every character counts as a word, although a word has about two characters. */
  WITHOUT_SPACES;

  static final String LATIN_SCRIPT = "Latn";

  private static final Set<String> UNSPACED = Set.of("zh", "ja", "th", "lo", "km", "my");
  private static final Set<String> RIGHT_TO_LEFT = Set.of("ar", "fa", "ur", "he", "yi", "ps");
  private static final Set<String> RIGHT_TO_LEFT_SCRIPTS = Set.of("Arab", "Hebr");
  private static final Set<String> NOT_LATIN =
      Set.of(
          "ko", "ar", "fa", "ur", "he", "yi", "ps", "hi", "mr", "ne", "bn", "ta", "te", "kn", "ml",
          "gu", "pa", "si", "ru", "uk", "be", "bg", "sr", "mk", "kk", "mn", "el", "ka", "hy", "am");

  /**
   * The writing system of a language, given as a language tag such as {@code en} or {@code pt-BR}.
   */
  public static WritingSystem of(String language) {
    var tag = tag(language);
    if (tag.getScript().equals(LATIN_SCRIPT)) {
      return LATIN;
    }
    if (UNSPACED.contains(tag.getLanguage())) {
      return WITHOUT_SPACES;
    }
    return NOT_LATIN.contains(tag.getLanguage()) || !tag.getScript().isEmpty() ? OTHER : LATIN;
  }

  /** The text direction of a language: {@code rtl} or {@code ltr}. */
  public static String direction(String language) {
    var tag = tag(language);
    boolean rightToLeft =
        tag.getScript().isEmpty()
            ? RIGHT_TO_LEFT.contains(tag.getLanguage())
            : RIGHT_TO_LEFT_SCRIPTS.contains(tag.getScript());
    return rightToLeft ? "rtl" : "ltr";
  }

  static Locale tag(String language) {
    return Locale.forLanguageTag(language.replace('_', '-'));
  }

  /** Tokens for a text that takes {@code latin} tokens in a Latin script. */
  public int tokens(int latin) {
    return this == LATIN ? latin : latin * 5 / 2;
  }

  /** Upper bound for a word count, where characters count as words. */
  public int maxWords(int words) {
    return this == WITHOUT_SPACES ? words * 2 : words;
  }

  /**
   * The number of characters in this script that correspond to {@code spaced} characters in a
   * script with spaces.
   */
  public int characters(int spaced) {
    return this == WITHOUT_SPACES ? spaced / 2 : spaced;
  }
}

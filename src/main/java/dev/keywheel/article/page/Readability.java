package dev.keywheel.article.page;

import dev.keywheel.article.text.Sentences;
import dev.keywheel.article.text.Tokenizer;
import dev.keywheel.article.text.WritingSystem;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Objective measures of a text.
 *
 * @param words words, or characters in scripts without spaces
 * @param sentences sentences, list items and headings
 * @param minutes reading time at 230 words or 500 characters a minute, at least 1
 * @param ease Flesch reading ease for English (higher is easier), otherwise 100 minus LIX, so that
 *     the direction is the same
 * @param measure name of the formula: {@code Flesch} or {@code LIX}
 * @param longestParagraph words in the longest line
 */
record Readability(
    int words, int sentences, int minutes, double ease, String measure, int longestParagraph) {
  private static final int WORDS_A_MINUTE = 230;
  private static final int CHARACTERS_A_MINUTE = 500;
  private static final Pattern VOWELS = Pattern.compile("[aeiouy]+");

  static Readability of(String plain, String language) {
    var words = Tokenizer.of(plain);
    int sentences = Math.max(1, Sentences.of(plain, Locale.forLanguageTag(language)).size());
    int longest = plain.lines().mapToInt(Tokenizer::count).max().orElse(0);
    int pace =
        WritingSystem.of(language) == WritingSystem.WITHOUT_SPACES
            ? CHARACTERS_A_MINUTE
            : WORDS_A_MINUTE;
    int minutes = Math.max(1, (int) Math.round((double) words.size() / pace));
    double count = Math.max(1, words.size());
    if (language.startsWith("en")) {
      double syllables = words.stream().mapToInt(Readability::syllables).sum();
      double ease = 206.835 - 1.015 * count / sentences - 84.6 * syllables / count;
      return new Readability(words.size(), sentences, minutes, ease, "Flesch", longest);
    }
    double longWords = words.stream().filter(w -> w.length() > 6).count();
    double lix = count / sentences + 100 * longWords / count;
    return new Readability(words.size(), sentences, minutes, 100 - lix, "LIX", longest);
  }

  /** Average words per sentence. */
  double sentenceLength() {
    return (double) words / sentences;
  }

  private static int syllables(String word) {
    var w =
        word.endsWith("e") && !word.endsWith("le") ? word.substring(0, word.length() - 1) : word;
    return Math.max(1, (int) VOWELS.matcher(w).results().count());
  }
}

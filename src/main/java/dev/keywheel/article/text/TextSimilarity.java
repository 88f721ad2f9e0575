package dev.keywheel.article.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Measures how much two texts share, and finds repetitions. Lengths are in words; in scripts
 * without spaces, in the corresponding number of characters.
 */
public final class TextSimilarity {
  /** Maximum share of the word sequences of a block of section 2 that section 1 may also have. */
  public static final double MAX_SHARED_BY_BLOCK = 0.18;

  /** Maximum share of the word sequences of an answer that a section may also have. */
  public static final double MAX_SHARED_BY_ANSWER = 0.5;

  private static final int SHINGLE_WORDS = 5;
  private static final int REPEATED_WORDS = 8;

  /** Maximum number of characters of a quoted sequence. */
  private static final int MAX_QUOTE = 60;

  /** Minimum number of sequences for a comparison: a text of 20 words has 16. */
  private static final int MIN_SEQUENCES = 16;

  private TextSimilarity() {}

  /** The five-word sequences of a text. */
  public record Shingles(List<String> all, Set<String> distinct) {
    public static Shingles of(String text) {
      var found = sequences(Tokenizer.of(text), SHINGLE_WORDS);
      return new Shingles(found, Set.copyOf(found));
    }

    /** Share of the sequences that the other text also has, 0 to 1; 0 for fewer than 20 words. */
    public double containedIn(Shingles other) {
      return all.size() < MIN_SEQUENCES
          ? 0
          : (double) all.stream().filter(other.distinct::contains).count() / all.size();
    }
  }

  /**
   * The sentences of {@code text} that share a five-word sequence with {@code other}, longest
   * first, at most {@code limit}.
   */
  public static List<String> shared(String text, String other, int limit) {
    Set<String> theirs = new HashSet<>(sequences(Tokenizer.of(other), SHINGLE_WORDS));
    return Sentences.of(text, Locale.ROOT).stream()
        .filter(s -> sequences(Tokenizer.of(s), SHINGLE_WORDS).stream().anyMatch(theirs::contains))
        .sorted((a, b) -> b.length() - a.length())
        .limit(limit)
        .toList();
  }

  /** The beginning of an eight-word sequence that occurs three times or more. */
  public static Optional<String> repeated(String text) {
    Map<String, Integer> counts = new HashMap<>();
    for (var sequence : sequences(Tokenizer.of(text), REPEATED_WORDS)) {
      if (counts.merge(sequence, 1, Integer::sum) >= 3) {
        return Optional.of(TextCleaner.cut(sequence, MAX_QUOTE));
      }
    }
    return Optional.empty();
  }

  /**
   * Sequences of {@code n} words, or of the characters that make up {@code n} words: sequences of
   * {@code n} characters would find shared names, not shared phrases.
   */
  private static List<String> sequences(List<String> words, int n) {
    var found = new ArrayList<String>();
    int end = 0;
    int length = 0;
    for (int i = 0; i < words.size(); i++) {
      while (length < n * Tokenizer.WHOLE_WORD && end < words.size()) {
        length += Tokenizer.share(words.get(end++));
      }
      if (length < n * Tokenizer.WHOLE_WORD) {
        break;
      }
      found.add(joined(words.subList(i, end)));
      length -= Tokenizer.share(words.get(i));
    }
    return found;
  }

  private static String joined(List<String> words) {
    var text = new StringBuilder();
    for (var word : words) {
      boolean apart = Tokenizer.share(word) == Tokenizer.WHOLE_WORD;
      text.append(apart && !text.isEmpty() ? " " : "").append(word);
    }
    return text.toString();
  }
}

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
 * How much of one text is in another, and what a text says again and again. Lengths are in words;
 * in scripts without spaces in as many characters as words have there.
 */
public final class TextSimilarity {
  private static final int SHINGLE = 5;
  private static final int REPEATED = 8;

  /** Sequences of the shortest text that is compared: one of 20 words. */
  private static final int LEAST = 16;

  private TextSimilarity() {}

  /** The five-word sequences of a text, to be held against those of others. */
  public record Shingles(List<String> all, Set<String> distinct) {
    public static Shingles of(String text) {
      var found = sequences(Tokenizer.of(text), SHINGLE);
      return new Shingles(found, Set.copyOf(found));
    }

    /**
     * Share of the sequences that are also in the other text, 0 to 1; 0 for a text of fewer than 20
     * words.
     */
    public double containedIn(Shingles other) {
      return all.size() < LEAST
          ? 0
          : (double) all.stream().filter(other.distinct::contains).count() / all.size();
    }
  }

  /**
   * The sentences of {@code text} that share a five-word sequence with {@code other}, longest
   * first, at most {@code limit}.
   */
  public static List<String> shared(String text, String other, int limit) {
    Set<String> theirs = new HashSet<>(sequences(Tokenizer.of(other), SHINGLE));
    return Sentences.of(text, Locale.ROOT).stream()
        .filter(s -> sequences(Tokenizer.of(s), SHINGLE).stream().anyMatch(theirs::contains))
        .sorted((a, b) -> b.length() - a.length())
        .limit(limit)
        .toList();
  }

  /** An eight-word sequence that stands in the text three times or more. */
  public static Optional<String> repeated(String text) {
    Map<String, Integer> counts = new HashMap<>();
    for (var sequence : sequences(Tokenizer.of(text), REPEATED)) {
      if (counts.merge(sequence, 1, Integer::sum) >= 3) {
        return Optional.of(sequence);
      }
    }
    return Optional.empty();
  }

  /**
   * Sequences of {@code n} words. Where characters count as words a sequence takes as many of them
   * as make up {@code n} words: a name of eleven signs is no sentence.
   */
  private static List<String> sequences(List<String> words, int n) {
    var found = new ArrayList<String>();
    int end = 0;
    int length = 0;
    for (int i = 0; i < words.size(); i++) {
      while (length < n * Tokenizer.WHOLE && end < words.size()) {
        length += Tokenizer.share(words.get(end++));
      }
      if (length < n * Tokenizer.WHOLE) {
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
      boolean apart = Tokenizer.share(word) == Tokenizer.WHOLE;
      text.append(apart && !text.isEmpty() ? " " : "").append(word);
    }
    return text.toString();
  }
}

package dev.keywheel.sandbox.content;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The parts of a text of the sandbox. */
final class WrittenText {
  private WrittenText() {}

  static List<String> markers(String text) {
    return Pattern.compile("@@([a-z0-9-]+)@@")
        .matcher(text)
        .results()
        .map(r -> r.group(1))
        .toList();
  }

  static List<String> words(String text) {
    return Stream.of(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}'’]+"))
        .filter(w -> !w.isEmpty())
        .toList();
  }

  static Set<String> contentWords(String text) {
    var words = new HashSet<>(words(text));
    words.removeIf(w -> w.length() < 4);
    return words;
  }

  static double similarity(String one, String other) {
    var both = new HashSet<>(contentWords(one));
    both.retainAll(contentWords(other));
    var all = new HashSet<>(contentWords(one));
    all.addAll(contentWords(other));
    return all.isEmpty() ? 0 : (double) both.size() / all.size();
  }

  static double containment(String text, String other) {
    var mine = shingles(words(text), 5);
    var theirs = new HashSet<>(shingles(words(other), 5));
    return mine.stream().filter(theirs::contains).count() / (double) Math.max(1, mine.size());
  }

  static List<String> repeatedThreeTimes(List<String> words) {
    var counts = new HashMap<String, Integer>();
    shingles(words, 8).forEach(shingle -> counts.merge(shingle, 1, Integer::sum));
    return counts.keySet().stream().filter(shingle -> counts.get(shingle) >= 3).toList();
  }

  private static List<String> shingles(List<String> words, int length) {
    return IntStream.rangeClosed(0, words.size() - length)
        .mapToObj(i -> String.join(" ", words.subList(i, i + length)))
        .toList();
  }
}

package dev.keywheel.sandbox;

import java.util.ArrayList;
import java.util.List;

/** Paragraphs brought to a length, by whole sentences. */
final class Paragraphs {

  private Paragraphs() {}

  /** The first sentences of a paragraph, up to about so many words, at least two of them. */
  static String shortened(String paragraph, int words) {
    var kept = new ArrayList<String>();
    for (var sentence : sentences(paragraph)) {
      if (kept.size() >= 2 && words(kept) + words(List.of(sentence)) > words + 12) {
        break;
      }
      kept.add(sentence);
    }
    return String.join(" ", kept);
  }

  /** Takes last sentences off the longest paragraphs until few enough words are left. */
  static void trim(List<String> paragraphs, int most) {
    while (words(paragraphs) > most) {
      var longest = 0;
      for (var i = 1; i < paragraphs.size(); i++) {
        var list = paragraphs.get(i).contains("\n- ") || paragraphs.get(i).startsWith("- ");
        if (!list
            && sentences(paragraphs.get(i)).size() >= sentences(paragraphs.get(longest)).size()) {
          longest = i;
        }
      }
      var sentences = sentences(paragraphs.get(longest));
      if (sentences.size() < 2) {
        return;
      }
      paragraphs.set(longest, String.join(" ", sentences.subList(0, sentences.size() - 1)));
    }
  }

  private static List<String> sentences(String paragraph) {
    return List.of(paragraph.split("(?<=[.!?]”?)\\s+(?=[\\p{Lu}“])"));
  }

  static int words(List<String> paragraphs) {
    return paragraphs.stream().mapToInt(p -> p.split("\\s+").length).sum();
  }
}

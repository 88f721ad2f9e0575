package dev.keywheel.sandbox.content;

import dev.keywheel.db.BoundedText;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The topic of a page: a user's words without markup, cut to {@value #LONGEST} characters. */
record Topic(String text) {

  /** Maximum length in characters, which leaves room for the rest of a title of 60 characters. */
  static final int LONGEST = 44;

  private static final String UNNAMED = "your next project";
  private static final Pattern PREFIX =
      Pattern.compile(
          "(?i)^(?:(?:write |an? |the )*(?:article|guide|post|page|text|essay)\\s+(?:about|on|to|for)\\s+)");
  private static final Pattern QUESTION =
      Pattern.compile(
          "(?i)(?:is|are|do|does|did|should|can|could|will|would|why|when|where|which|who|what|how(?! to\\b)) .+");

  /** Parses a user's text; removes markup, control characters and instructions. */
  static Topic of(String typed) {
    var plain =
        Normalizer.normalize(typed, Normalizer.Form.NFC)
            .replaceAll("<[^>]*>", " ")
            .replaceAll("[\\p{Cc}\\p{Cf}\\p{Co}\\p{So}<>{}\\[\\]|\\\\`*_#@\"“”„«»]+", " ")
            .replaceAll("[\\uFE0E\\uFE0F]", "")
            .replaceAll("\\s+", " ")
            .strip()
            .replaceAll("[\\s.,;:!?\\-–—]+$", "");
    var text = cut(PREFIX.matcher(plain).replaceFirst(""), LONGEST);
    return new Topic(text.isEmpty() ? UNNAMED : text);
  }

  boolean isQuestion() {
    return QUESTION.matcher(text).matches();
  }

  /** The topic with a capital letter, for the beginning of a sentence or a title. */
  String capitalised() {
    return capitalised(text);
  }

  static String capitalised(String text) {
    var end = text.offsetByCodePoints(0, text.isEmpty() ? 0 : 1);
    return text.substring(0, end).toUpperCase(Locale.ROOT) + text.substring(end);
  }

  /** Whether the topic contains one of the words or phrases; {@code a + b} requires both. */
  boolean mentions(List<String> phrases) {
    var padded = " " + text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}%]+", " ") + " ";
    return phrases.stream()
        .anyMatch(
            phrase ->
                List.of(phrase.split(" \\+ ")).stream()
                    .allMatch(word -> padded.contains(" " + word + " ")));
  }

  /** Cuts the text, after a whole word if possible, and never inside a surrogate pair. */
  static String cut(String text, int longest) {
    if (text.length() <= longest) {
      return text;
    }
    var space = text.lastIndexOf(' ', longest);
    var end = space > longest / 2 ? space : longest;
    return BoundedText.start(text, end)
        .replaceAll("(?i)(\\s+(a|an|and|the|of|for|to|in|on|with|or|at|by|from))+$", "")
        .replaceAll("[\\s.,;:\\-–—]+$", "");
  }
}

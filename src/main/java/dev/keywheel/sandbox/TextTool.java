package dev.keywheel.sandbox;

import static dev.keywheel.sandbox.ToolFamily.value;

import dev.keywheel.sandbox.ToolBrief.Field;
import dev.keywheel.sandbox.ToolBrief.Output;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Counts a text and says how easily it reads. */
final class TextTool implements ToolFamily {

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+(?:['’-][\\p{L}\\p{N}]+)*");
  private static final Pattern SENTENCE_END = Pattern.compile("[.!?…]+(?=\\s|$)");
  private static final Pattern VOWELS = Pattern.compile("[aeiouy]+");
  private static final Pattern SILENT_E = Pattern.compile("(?i).*[^aeiouyl]e");

  @Override
  public String script() {
    return "text.js";
  }

  @Override
  public String action() {
    return "Check the text";
  }

  @Override
  public ToolBrief brief(Subject subject) {
    return new ToolBrief(
        "Text and Readability Checker",
        "checker",
        "Counts words, characters and sentences of a text, estimates the time to read it, and rates how easily it reads.",
        List.of(
            Field.of(
                "text",
                "Your text",
                "longtext",
                "A short sentence is easy to read. A long one asks for more patience, since the reader has to keep its "
                    + "beginning in mind."),
            Field.number("speed", "Reading speed", "words per minute", 50, 1000, "230")),
        List.of(
            new Output("words", "Words", ""),
            new Output("characters", "Characters", ""),
            new Output("sentences", "Sentences", ""),
            new Output("minutes", "Minutes to read", ""),
            new Output("ease", "Reading ease, 0 to 100", "")),
        "Words are runs of letters and digits; a sentence ends at . ! ? before a space or the end. Minutes = words ÷ speed. "
            + "Ease = 206.835 − 1.015 × words per sentence − 84.6 × syllables per word, kept between 0 and 100; syllables "
            + "are groups of vowels less a silent e.",
        List.of());
  }

  @Override
  public Map<String, String> shows(ToolBrief brief, Map<String, String> set) {
    var text = set.getOrDefault("text", "").strip();
    var words = WORD.matcher(text).results().map(r -> r.group()).toList();
    var sentences = Math.max(1, SENTENCE_END.matcher(text).results().count());
    var count = Math.max(1, words.size());
    var syllables = words.stream().mapToInt(TextTool::syllables).sum();
    var ease = 206.835 - 1.015 * ((double) count / sentences) - 84.6 * ((double) syllables / count);
    return ToolFamily.results(
        "words", Shown.number(words.size(), 0),
        "characters", Shown.number(text.codePointCount(0, text.length()), 0),
        "sentences", Shown.number(sentences, 0),
        "minutes", Shown.number(words.size() / value(set, "speed"), 1),
        "ease", Shown.number(Math.clamp(ease, 0, 100), 1));
  }

  private static int syllables(String word) {
    var groups = (int) VOWELS.matcher(word.toLowerCase(Locale.ROOT)).results().count();
    var silent = groups > 1 && SILENT_E.matcher(word).matches() ? 1 : 0;
    return Math.max(1, groups - silent);
  }

  @Override
  public List<Map<String, String>> cases(ToolBrief brief) {
    return List.of(
        ToolFamily.with(
            brief,
            "text",
            "Write the way you talk. Then read it aloud! Does it still sound like you? If not, change the words until it "
                + "does.",
            "speed",
            "150"),
        ToolFamily.with(brief, "text", "Yes", "speed", "200"));
  }

  @Override
  public Map.Entry<String, String> wrongDivisor() {
    return Map.entry("words.length / v.speed", "words.length / (v.speed * 2)");
  }
}

package dev.keywheel.article.reply;

import dev.keywheel.db.BoundedText;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Cleans every text reply: removes reasoning and byte-order marks, and limits the length. */
public final class ReplyCleaner {
  /**
   * Maximum number of characters of a reply; the rest is ignored. The longest requested reply is a
   * tool of 60 kB with its findings.
   */
  static final int MAX_LENGTH = 300_000;

  /** A kind of thought, with its closing tag. */
  private record Thought(Pattern whole, Pattern close) {
    static Thought of(String tag) {
      return new Thought(
          Pattern.compile("(?is)<" + tag + ">.*?</" + tag + ">"),
          Pattern.compile("(?i)</" + tag + ">"));
    }
  }

  private static final List<Thought> THOUGHTS =
      List.of(Thought.of("think"), Thought.of("thinking"), Thought.of("reasoning"));
  private static final Pattern OPEN_THOUGHT =
      Pattern.compile("(?is)\\A\\s*<(think|thinking|reasoning)>.*\\z");
  private static final Pattern LATE_CLOSE =
      Pattern.compile("(?is)\\A(?!.*<think).{0,100000}?</think(?:ing)?>");
  private static final Pattern REFUSAL =
      Pattern.compile(
          "(?i)\\b(?:i\\s*(?:am|'m|’m)\\s+(?:sorry|unable|not able)|i\\s+(?:cannot|can't|can’t|won't|won’t)\\s+(?:help|assist|write|create|provide|comply|do)"
              + "|(?:cannot|can't|can’t) assist with|against my (?:guidelines|policy)|unable to (?:help|assist|comply))");

  private ReplyCleaner() {}

  /**
   * The reply without reasoning, byte-order mark and NUL, at most {@link #MAX_LENGTH} characters.
   */
  public static String visible(String raw) {
    var text = BoundedText.start(raw, MAX_LENGTH);
    text = text.replace("\uFEFF", "").replace("\u0000", "").replace("\r\n", "\n");
    text = withoutThoughts(text);
    text = OPEN_THOUGHT.matcher(text).replaceAll("");
    if (text.contains("</think")) {
      text = LATE_CLOSE.matcher(text).replaceFirst("");
    }
    return text.strip();
  }

  /**
   * Removes closed thoughts. Only the text up to the last closing tag is searched: after it, each
   * of many opening tags would be searched to the end.
   */
  private static String withoutThoughts(String text) {
    var rest = text;
    for (var thought : THOUGHTS) {
      int end = thought.close().matcher(rest).results().mapToInt(MatchResult::end).max().orElse(0);
      rest = thought.whole().matcher(rest.substring(0, end)).replaceAll("") + rest.substring(end);
    }
    return rest;
  }

  /** Whether a short reply declines the task. Call only for replies that cannot be used. */
  public static boolean refusal(String text) {
    return text.length() < 600 && REFUSAL.matcher(text).find();
  }

  /** Removes the middle of a long reply before the reply is sent back to the model. */
  public static String shortened(String text, int max) {
    if (text.length() <= max) {
      return text;
    }
    int half = max / 2;
    int end = text.length() - half;
    return BoundedText.start(text, half)
        + "\n[…]\n"
        + text.substring(Character.isLowSurrogate(text.charAt(end)) ? end + 1 : end);
  }
}

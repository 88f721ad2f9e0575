package dev.keywheel.article.reply;

import java.util.regex.Pattern;

/** Cleans every text reply: removes reasoning and byte-order marks, and limits the length. */
public final class ReplyCleaner {
  /**
   * Maximum number of characters of a reply; the rest is ignored. The longest requested reply is a
   * tool of 60 kB with its findings.
   */
  static final int MAX_LENGTH = 300_000;

  private static final Pattern THOUGHT =
      Pattern.compile("(?is)<(think|thinking|reasoning)>.*?</\\1>");
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
    var text = raw.length() > MAX_LENGTH ? raw.substring(0, MAX_LENGTH) : raw;
    text = text.replace("\uFEFF", "").replace("\u0000", "").replace("\r\n", "\n");
    text = THOUGHT.matcher(text).replaceAll("");
    text = OPEN_THOUGHT.matcher(text).replaceAll("");
    if (text.contains("</think")) {
      text = LATE_CLOSE.matcher(text).replaceFirst("");
    }
    return text.strip();
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
    return text.substring(0, half) + "\n[…]\n" + text.substring(text.length() - half);
  }
}

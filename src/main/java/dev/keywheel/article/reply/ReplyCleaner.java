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
    static Thought of(String open, String close) {
      return new Thought(
          Pattern.compile("(?is)" + open + ".*?" + close), Pattern.compile("(?i)" + close));
    }
  }

  private static final List<Thought> THOUGHTS =
      List.of(
          Thought.of("<think>", "</think>"),
          Thought.of("<thinking>", "</thinking>"),
          Thought.of("<reasoning>", "</reasoning>"),
          Thought.of("<reflection>", "</reflection>"),
          Thought.of("◁think▷", "◁/think▷"));
  private static final Pattern OPEN_THOUGHT =
      Pattern.compile("(?i)\\s*(?:<(?:think|thinking|reasoning|reflection)>|◁think▷)");
  private static final Pattern LATE_CLOSE =
      Pattern.compile("(?is)\\A(?!.*<think).{0,100000}?</think(?:ing)?>");

  /** Everything before the answer in the format of gpt-oss, which has a channel for reasoning. */
  private static final Pattern ANALYSIS =
      Pattern.compile("(?s)\\A.*<\\|channel\\|>final[^<]{0,40}<\\|message\\|>");

  /** Tokens such as {@code <|im_end|>}. */
  private static final Pattern CONTROL_TOKEN = Pattern.compile("<[|｜][\\w▁/]{1,40}[|｜]>|◁/?think▷");

  /** A last line that is about the answer, not about its subject, such as a word count. */
  private static final Pattern REMARK =
      Pattern.compile(
          "(?i)(?!\\*\\s)[*_(\\[\\s]*(?:(?:total )?word count\\b[\\s:*_~≈-]*\\d[\\d., ]*(?:words)?[*_)\\].]*"
              + "|(?:note: )?i(?: have|['’]ve) followed (?:all|the|your) .{0,200}"
              + "|i hope (?:this|that|it) (?:helps|meets) ?.{0,300}|i hope this .{0,40} helpful.{0,200}"
              + "|(?:(?:please )?let me know|feel free to ask|if you.{1,60} let me know)\\b.{0,300}"
              + "|(?:would you like me to|do you want me to|shall i continue|should i continue)\\b.{0,200})");

  private static final int MAX_REMARKS = 8;

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
    if (OPEN_THOUGHT.matcher(text).lookingAt()) {
      var answer = text;
      text = Blocks.firstMarker(text).map(line -> from(line, answer)).orElse("");
    }
    if (text.contains("</think")) {
      text = LATE_CLOSE.matcher(text).replaceFirst("");
    }
    text = ANALYSIS.matcher(text).replaceFirst("");
    return CONTROL_TOKEN.matcher(text).replaceAll("").strip();
  }

  private static String from(String line, String text) {
    return text.substring(Math.max(0, text.indexOf("\n" + line)));
  }

  /** A block without the model's closing remarks, an empty code block or a rule at its end. */
  public static String withoutRemarks(String block) {
    var text = block;
    for (int i = 0; i < MAX_REMARKS; i++) {
      int end = text.lastIndexOf('\n');
      if (end < 0 || !isRemark(text.substring(0, end), text.substring(end + 1).strip())) {
        return text;
      }
      text = text.substring(0, end).stripTrailing();
    }
    return text;
  }

  private static boolean isRemark(String before, String line) {
    return REMARK.matcher(line).matches()
        || (line.matches("-{3,}|\\*{3,}|_{3,}") && before.endsWith("\n"))
        || (!CodeFence.mark(line).isEmpty()
            && CodeFence.all(before + "\n" + line).getLast().body().isBlank());
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
  public static boolean isRefusal(String text) {
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

package dev.keywheel.article.tool;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Searches a text for a regular expression that a model or an editor wrote. Some expressions, such
 * as {@code (.*)*x\1}, take exponential time; some of these, such as {@code (|)(|)(|)}, without
 * reading a character. Therefore, each place where an expression can continue without reading gets
 * a probe that reads one.
 */
final class LimitedSearch {
  /** Maximum number of characters read, repetitions included; takes up to 0.4 s. */
  private static final int MAX_READS = 2_000_000;

  /** Reads the characters before and after it, of which one may be missing, and always matches. */
  private static final String PROBE = "(?<![^\\s\\S])(?![^\\s\\S])";

  /**
   * Quoted texts and classes; flags (group 1); what matches an empty text (group 2); other escapes;
   * ends of alternatives (group 3). A class in a comment must not hide the lines after the comment.
   */
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\\\Q.*?(?:\\\\E|$)|\\[(?:\\\\.|[^]\\\\\\v])*]|(\\(\\?[imsu-]+\\))"
              + "|(\\\\(?:[bBAzZG]|[1-9]\\d*|k<\\w+>)|[$^])|\\\\.|([|)])");

  private LimitedSearch() {}

  /**
   * Whether the text contains a match. Also true if the search takes too long or is nested too
   * deeply, or if the expression is invalid with probes: then it says nothing about the text.
   */
  static boolean finds(String regex, String text) {
    int before = text.isEmpty() ? 1 : 0; // in an empty text, probes read the line break before it
    var counted = new CountedText(text.isEmpty() ? "\n" : text);
    try {
      return Pattern.compile(withProbes(regex))
          .matcher(counted)
          .useTransparentBounds(true)
          .region(before, counted.length())
          .find();
    } catch (TooManyReads | StackOverflowError | PatternSyntaxException e) {
      return true;
    }
  }

  private static String withProbes(String regex) {
    return TOKEN
        .matcher(regex)
        .replaceAll(
            token -> {
              var probed =
                  token.group(1) != null
                      ? token.group() + PROBE
                      : token.group(2) != null
                          ? "(?:" + PROBE + token.group() + ")"
                          : token.group(3) != null ? PROBE + token.group() : token.group();
              return Matcher.quoteReplacement(probed);
            });
  }

  private static final class TooManyReads extends RuntimeException {}

  private static final class CountedText implements CharSequence {
    private final String text;
    private int reads;

    CountedText(String text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      reads++;
      if (reads > MAX_READS) {
        throw new TooManyReads();
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}

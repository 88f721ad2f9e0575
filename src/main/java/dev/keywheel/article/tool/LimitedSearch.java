package dev.keywheel.article.tool;

import java.util.regex.Pattern;

/**
 * Searches a text for a regular expression that a model wrote. Some expressions with a back
 * reference, such as {@code (.*)*x\1}, take exponential time.
 */
final class LimitedSearch {
  /** Maximum number of characters read, repetitions included; takes about 20 ms. */
  private static final int MAX_READS = 2_000_000;

  private LimitedSearch() {}

  /**
   * Whether the text contains a match. Also true if the search takes too long or is nested too
   * deeply: then the expression says nothing about the text.
   */
  static boolean finds(String regex, String text) {
    try {
      return Pattern.compile(regex).matcher(new CountedText(text)).find();
    } catch (TooManyReads | StackOverflowError e) {
      return true;
    }
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

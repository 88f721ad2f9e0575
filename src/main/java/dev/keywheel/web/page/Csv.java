package dev.keywheel.web.page;

import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes CSV lines that spreadsheets read as text: no cell is a formula. */
public final class Csv {
  /**
   * The start of a formula, including full-width signs, and after white space that programs ignore.
   */
  private static final Pattern FORMULA = Pattern.compile("[\\s\\p{Z}]*[=+\\-@\\t\\r＝＋－＠]");

  /** The last line of an incomplete file, whose HTTP status was sent before the error. */
  public static final String INCOMPLETE =
      line("INCOMPLETE: Keywheel could not read the rest of the list. Download the file again.");

  private Csv() {}

  /** The line with its line ending. */
  public static String line(String... cells) {
    return Stream.of(cells).map(Csv::cell).collect(Collectors.joining(",")) + "\r\n";
  }

  /**
   * Puts an apostrophe before a formula, and quotes a cell that contains a separator of any locale.
   */
  private static String cell(String text) {
    String plain = (FORMULA.matcher(text).lookingAt() ? "'" : "") + text;
    boolean quote = plain.chars().anyMatch(c -> ",;\"\t\n\r".indexOf(c) >= 0);
    return quote ? "\"" + plain.replace("\"", "\"\"") + "\"" : plain;
  }
}

package dev.keywheel.web.page;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes CSV lines that spreadsheets read as text: no cell is a formula. */
public final class Csv {
  /** The last line of a file whose rest could not be read: its status was sent before. */
  public static final String INCOMPLETE =
      line("INCOMPLETE: Keywheel could not read the rest of the list. Download the file again.");

  private Csv() {}

  /** The line with its line ending. */
  public static String line(String... cells) {
    return Stream.of(cells).map(Csv::cell).collect(Collectors.joining(",")) + "\r\n";
  }

  private static String cell(String text) {
    boolean formula = !text.isEmpty() && "=+-@\t".indexOf(text.charAt(0)) >= 0;
    String plain = (formula ? "'" : "") + text;
    boolean quote = plain.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return quote ? "\"" + plain.replace("\"", "\"\"") + "\"" : plain;
  }
}

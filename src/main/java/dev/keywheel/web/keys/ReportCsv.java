package dev.keywheel.web.keys;

import dev.keywheel.key.ImportLine;
import dev.keywheel.key.ImportReport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The report of an import as CSV. Cells that a spreadsheet would calculate are made plain text. */
final class ReportCsv {
  private ReportCsv() {}

  static String of(ImportReport report) {
    return "line,name,key,result,note\r\n"
        + report.lines().stream().map(ReportCsv::line).collect(Collectors.joining());
  }

  private static String line(ImportLine line) {
    return Stream.of(
                String.valueOf(line.line()),
                line.name(),
                line.masked(),
                line.fate().label(),
                line.note())
            .map(ReportCsv::cell)
            .collect(Collectors.joining(","))
        + "\r\n";
  }

  private static String cell(String text) {
    boolean formula = !text.isEmpty() && "=+-@\t".indexOf(text.charAt(0)) >= 0;
    String plain = (formula ? "'" : "") + text;
    boolean quote = plain.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return quote ? "\"" + plain.replace("\"", "\"\"") + "\"" : plain;
  }
}

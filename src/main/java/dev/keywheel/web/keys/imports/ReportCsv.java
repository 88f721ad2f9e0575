package dev.keywheel.web.keys.imports;

import dev.keywheel.key.imports.ImportLine;
import dev.keywheel.key.imports.ImportReport;
import dev.keywheel.web.page.Csv;
import java.util.stream.Collectors;

/** The report of an import as CSV. Cells that a spreadsheet would evaluate become plain text. */
final class ReportCsv {
  private ReportCsv() {}

  static String of(ImportReport report) {
    return "line,name,key,result,note\r\n"
        + report.lines().stream().map(ReportCsv::line).collect(Collectors.joining());
  }

  private static String line(ImportLine line) {
    return Csv.line(
        String.valueOf(line.line()),
        line.name(),
        line.masked(),
        line.status().label(),
        line.note());
  }
}

package dev.keywheel.web.usage;

import dev.keywheel.article.view.RunUsage;
import dev.keywheel.web.page.Csv;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tables of the page as CSV, with exact amounts. */
final class UsageCsv {
  static final String TIME = "time";
  static final String GROUP = "group";

  private UsageCsv() {}

  static String of(UsagePage page, String table) {
    if (table.equals(TIME)) {
      return lines(page.timeHead() + " (UTC)", page.times());
    }
    return page.byRun() ? runs(page.runs()) : lines(page.groupHead(), page.groups());
  }

  private static String lines(String head, List<UsageLine> lines) {
    var titles = UsageColumn.ALL.stream().map(UsageColumn::csvLabel);
    return line(Stream.concat(Stream.of(head), titles))
        + lines.stream()
            .map(
                line ->
                    line(
                        Stream.concat(
                            Stream.of(line.code()),
                            UsageColumn.ALL.stream().map(column -> column.exact(line.totals())))))
            .collect(Collectors.joining());
  }

  private static String line(Stream<String> cells) {
    return Csv.line(cells.toArray(String[]::new));
  }

  private static String runs(List<RunUsage> runs) {
    return Csv.line("Run", "Topic", "State", "Started (UTC)", "Calls", "Tokens", "Cost (USD)")
        + runs.stream()
            .map(
                run ->
                    Csv.line(
                        "Run " + run.number(),
                        run.topic(),
                        run.state().label(),
                        run.createdAt().toString(),
                        String.valueOf(run.calls()),
                        String.valueOf(run.tokens()),
                        run.cost().stripTrailingZeros().toPlainString()))
            .collect(Collectors.joining());
  }
}

package dev.keywheel.sandbox;

import dev.keywheel.sandbox.ToolBrief.Field;
import dev.keywheel.sandbox.ToolBrief.Output;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/** Days between two dates. */
final class DatesTool implements ToolFamily {

  private static final int SATURDAY = 6;

  @Override
  public String script() {
    return "dates.js";
  }

  @Override
  public String action() {
    return "Count the days";
  }

  @Override
  public ToolBrief brief(Subject subject) {
    return new ToolBrief(
        "Date Difference Calculator",
        "calculator",
        "Counts the days, weeks and working days between two dates.",
        List.of(
            Field.of("start", "First day", "date", "2026-01-15"),
            Field.of("end", "Last day", "date", "2026-03-01"),
            Field.choice("count", "Count the last day too", List.of("no", "yes"), "no")),
        List.of(
            new Output("days", "Days", ""),
            new Output("span", "In weeks and days", ""),
            new Output("workdays", "Days from Monday to Friday", "")),
        "Days = last day − first day, plus 1 when the last day counts. Weeks = days ÷ 7 rounded down, the rest are days. "
            + "Working days are the counted days from Monday to Friday; holidays are not known.",
        List.of());
  }

  @Override
  public Map<String, String> shows(ToolBrief brief, Map<String, String> set) {
    var start = LocalDate.parse(set.getOrDefault("start", "2026-01-15"));
    var end = LocalDate.parse(set.getOrDefault("end", "2026-03-01"));
    var last = "yes".equals(set.get("count")) ? end.plusDays(1) : end;
    var days = ChronoUnit.DAYS.between(start, last);
    var workdays =
        start.datesUntil(last).filter(day -> day.getDayOfWeek().getValue() < SATURDAY).count();
    return ToolFamily.results(
        "days", Shown.number(days, 0),
        "span", counted(days / 7, "week") + " and " + counted(days % 7, "day"),
        "workdays", Shown.number(workdays, 0));
  }

  private static String counted(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  @Override
  public List<Map<String, String>> cases(ToolBrief brief) {
    return List.of(
        ToolFamily.with(brief, "start", "2024-02-01", "end", "2024-03-01", "count", "yes"),
        ToolFamily.with(brief, "start", "2026-05-04", "end", "2026-05-04", "count", "no"));
  }

  @Override
  public Map.Entry<String, String> wrongDivisor() {
    return Map.entry("Math.floor(days / 7)", "Math.floor(days / 5)");
  }

  @Override
  public Map<String, String> slots(ToolBrief brief) {
    return Map.of(
        "startLabel", ToolPage.inScript(brief.inputs().get(0).label()),
        "endLabel", ToolPage.inScript(brief.inputs().get(1).label()));
  }
}

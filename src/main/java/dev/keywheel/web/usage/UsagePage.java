package dev.keywheel.web.usage;

import dev.keywheel.article.view.RunUsage;
import dev.keywheel.usage.UsageQueries;
import dev.keywheel.usage.UsageTotals;
import dev.keywheel.web.page.Choice;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.RenderContext;
import dev.keywheel.web.page.TimeText;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * The usage of a workspace.
 *
 * @param times rows by hour or day, oldest first, including those without calls
 * @param groups rows by pool, model or key; empty for runs
 * @param runs rows by run; empty for any other grouping
 * @param ever whether the workspace has made a call at any time
 */
public record UsagePage(
    UsageFilter filter,
    List<UsageLine> times,
    List<UsageLine> groups,
    List<RunUsage> runs,
    boolean ever) {
  /** Maximum number of displayed keys or runs. */
  static final int MAX_LINES = 50;

  private static final String FIRST_KEYS =
      "The table shows the first "
          + MAX_LINES
          + " keys, chosen from the first "
          + UsageQueries.MAX_KEYS_PER_DAY
          + " of each day.";

  UsageTotals totals() {
    return UsageTotals.sum(times.stream().map(UsageLine::totals).toList());
  }

  public boolean empty() {
    return totals().calls() == 0;
  }

  public List<UsageChart> charts() {
    return List.of(UsageChart.calls(times), UsageChart.tokens(times), UsageChart.cost(times));
  }

  public List<UsageColumn> columns() {
    return UsageColumn.ALL;
  }

  public String calls() {
    return UsageColumn.CALLS.text(totals());
  }

  public String success() {
    return UsageColumn.SUCCESS.text(totals());
  }

  public String tokens() {
    return NumberFormats.grouped(totals().tokens());
  }

  public String cost() {
    return UsageColumn.COST.text(totals());
  }

  public List<Choice> periods() {
    return filter.periods();
  }

  public List<Choice> steps() {
    return filter.steps();
  }

  public List<Choice> groupings() {
    return filter.groups();
  }

  public List<Choice> orders() {
    return filter.orders();
  }

  public String timeHead() {
    return hours() ? "Hour" : "Day";
  }

  private boolean hours() {
    return times.size() > 0 && times.getFirst().code().contains("T");
  }

  /** A note that names the time zone of the hours, or the time at which a day begins. */
  public String timeNote() {
    String counts = "; a call is counted at the time when it was sent.";
    if (hours()) {
      var from = OffsetDateTime.parse(times.getFirst().code()).toInstant();
      return "Hours in " + TimeText.zone(from, RenderContext.now()) + counts;
    }
    var midnight = RenderContext.now().truncatedTo(ChronoUnit.DAYS);
    var mine = TimeText.hourWithZone(midnight);
    return "A day begins at 00:00 UTC" + (mine.endsWith(" UTC") ? "" : " (" + mine + ")") + counts;
  }

  public String groupHead() {
    return filter.by().label();
  }

  public boolean byRun() {
    return filter.by() == UsageGroup.RUN;
  }

  /** A note about the period that the figures of the groups cover. */
  public String groupNote() {
    return switch (filter.by()) {
      case POOL, MODEL -> "In the last " + filter.period().label() + ".";
      case KEY ->
          filter.period() == UsagePeriod.DAY
              ? "Keys are counted by day: "
                  + (times.getFirst().code().endsWith("T00:00Z")
                      ? "today. "
                      : "yesterday and today. ")
                  + FIRST_KEYS
              : "In the last " + filter.period().label() + ". " + FIRST_KEYS;
      case RUN ->
          ("Runs started in the last %s, each with everything it has used so far. The table"
                  + " shows the first %s.")
              .formatted(filter.period().label(), MAX_LINES);
    };
  }

  public String emptyTitle() {
    return ever ? "No calls in the last " + filter.period().label() : "No calls yet";
  }

  /** URL for the longest period; empty if it is already shown or the workspace has no calls. */
  public String longer() {
    return ever && filter.period() != UsagePeriod.MONTH ? filter.longest() : "";
  }

  public String timeCsv() {
    return filter.csv(UsageCsv.TIME);
  }

  public String groupCsv() {
    return filter.csv(UsageCsv.GROUP);
  }
}

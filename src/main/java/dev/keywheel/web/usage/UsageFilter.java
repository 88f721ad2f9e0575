package dev.keywheel.web.usage;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.usage.UsageQueries.Order;
import dev.keywheel.usage.UsageRange;
import dev.keywheel.usage.UsageRange.Step;
import dev.keywheel.web.page.Choice;
import dev.keywheel.web.page.Url;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** The parameters in the address of the page; an unknown value becomes the default. */
record UsageFilter(UsagePeriod period, boolean byHour, UsageGroup by, Order order) {
  static final String PATH = "/usage";

  static UsageFilter of(Context ctx) {
    return new UsageFilter(
        StoredEnum.find(UsagePeriod.class, ctx.queryParam("period")).orElse(UsagePeriod.WEEK),
        "hour".equals(ctx.queryParam("step")),
        StoredEnum.find(UsageGroup.class, ctx.queryParam("by")).orElse(UsageGroup.POOL),
        StoredEnum.find(Order.class, ctx.queryParam("order")).orElse(Order.CALLS));
  }

  UsageRange range(Instant now) {
    return period.range(byHour, now);
  }

  private boolean hours() {
    return period.range(byHour, Instant.EPOCH).step() == Step.HOUR;
  }

  private Url url(String path) {
    return Url.of(path)
        .with("period", period.code())
        .with("step", period.bothSteps() ? (byHour ? "hour" : "day") : null)
        .with("by", by.code())
        .with("order", by.limited() ? order.code() : null);
  }

  private String address() {
    return url(PATH).toString();
  }

  String csv(String table) {
    return url(PATH + "/csv").with("table", table).toString();
  }

  /** {@code keywheel-usage-7d-by-day.csv}. */
  String fileName(String table) {
    var what = table.equals(UsageCsv.TIME) ? (hours() ? "hour" : "day") : by.code();
    return "keywheel-usage-" + period.code() + "-by-" + what + ".csv";
  }

  List<Choice> periods() {
    return Arrays.stream(UsagePeriod.values())
        .map(p -> choice(p.label(), new UsageFilter(p, byHour, by, order)))
        .toList();
  }

  /** The choice between hours and days; empty when the period allows only one of them. */
  List<Choice> steps() {
    return period.bothSteps()
        ? List.of(
            choice("By day", new UsageFilter(period, false, by, order)),
            choice("By hour", new UsageFilter(period, true, by, order)))
        : List.of();
  }

  List<Choice> groups() {
    return Arrays.stream(UsageGroup.values())
        .map(g -> choice("By " + g.code(), new UsageFilter(period, byHour, g, order)))
        .toList();
  }

  /** The orders of the rows to choose from; empty when all rows are shown. */
  List<Choice> orders() {
    return by.limited()
        ? List.of(
            choice("Most calls", new UsageFilter(period, byHour, by, Order.CALLS)),
            choice("Highest cost", new UsageFilter(period, byHour, by, Order.COST)))
        : List.of();
  }

  String longest() {
    return new UsageFilter(UsagePeriod.MONTH, byHour, by, order).address();
  }

  private Choice choice(String label, UsageFilter other) {
    return new Choice(label, other.address(), other.equals(this));
  }
}

package dev.keywheel.web.usage;

import static java.util.stream.Collectors.collectingAndThen;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import dev.keywheel.article.view.RunService;
import dev.keywheel.article.view.RunUsage;
import dev.keywheel.provider.Providers;
import dev.keywheel.usage.UsageQueries;
import dev.keywheel.usage.UsageQueries.Order;
import dev.keywheel.usage.UsageQueries.Slot;
import dev.keywheel.usage.UsageRange;
import dev.keywheel.usage.UsageRange.Step;
import dev.keywheel.usage.UsageTotals;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.TimeText;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

public final class UsageRoutes implements Screen {
  private static final DateTimeFormatter DAY = format("EEE d MMM");
  private static final DateTimeFormatter ISO_DAY = format("uuuu-MM-dd");
  private static final DateTimeFormatter ISO_HOUR = format("uuuu-MM-dd'T'HH:mm'Z'");

  private final WebContext web;
  private final UsageQueries usage;
  private final RunService runs;
  private final InstantSource clock;

  public UsageRoutes(WebContext web, UsageQueries usage, RunService runs, InstantSource clock) {
    this.web = web;
    this.usage = usage;
    this.runs = runs;
    this.clock = clock;
  }

  private static DateTimeFormatter format(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(ZoneOffset.UTC);
  }

  @Override
  public void routes(Routes routes) {
    routes.get(UsageFilter.PATH, RequiredRole.VIEWER, this::show);
    routes.get(UsageFilter.PATH + "/csv", RequiredRole.VIEWER, this::csv);
  }

  private void show(Context ctx) {
    var page = page(CurrentUser.of(ctx).workspaceId(), UsageFilter.of(ctx));
    web.page(ctx, PageMeta.of(Section.USAGE), web.templates().usageIndex(page));
  }

  private void csv(Context ctx) {
    var filter = UsageFilter.of(ctx);
    var table = UsageCsv.GROUP.equals(ctx.queryParam("table")) ? UsageCsv.GROUP : UsageCsv.TIME;
    var page = page(CurrentUser.of(ctx).workspaceId(), filter);
    ctx.header("Content-Disposition", "attachment; filename=\"" + filter.fileName(table) + "\"");
    ctx.contentType("text/csv; charset=utf-8").result(UsageCsv.of(page, table));
  }

  private UsagePage page(UUID workspace, UsageFilter filter) {
    var range = filter.range(clock.instant());
    var slots = usage.slots(workspace, range);
    return new UsagePage(
        filter,
        times(slots, range),
        groups(workspace, filter, slots, range),
        filter.by() == UsageGroup.RUN
            ? runs.top(
                workspace,
                range.from(),
                clock.instant(),
                filter.order() == Order.COST,
                UsagePage.MAX_LINES)
            : List.<RunUsage>of(),
        !slots.isEmpty() || usage.hasCalls(workspace));
  }

  private static List<UsageLine> times(List<Slot> slots, UsageRange range) {
    var sums = sums(slots, Slot::start);
    boolean hours = range.step() == Step.HOUR;
    return range.slots().stream()
        .map(
            start ->
                new UsageLine(
                    hours ? TimeText.hour(start) : DAY.format(start),
                    (hours ? ISO_HOUR : ISO_DAY).format(start),
                    null,
                    sums.getOrDefault(start, UsageTotals.NONE)))
        .toList();
  }

  private List<UsageLine> groups(
      UUID workspace, UsageFilter filter, List<Slot> slots, UsageRange range) {
    return switch (filter.by()) {
      case POOL -> mostCallsFirst(sums(slots, Slot::provider), Providers::label);
      case MODEL -> mostCallsFirst(sums(slots, Slot::model), Function.identity());
      case KEY ->
          usage.topKeys(workspace, range, filter.order(), UsagePage.MAX_LINES).stream()
              .map(
                  key ->
                      new UsageLine(key.name(), key.name(), "/keys/" + key.keyId(), key.totals()))
              .toList();
      case RUN -> List.of();
    };
  }

  private static List<UsageLine> mostCallsFirst(
      Map<String, UsageTotals> sums, Function<String, String> label) {
    return sums.entrySet().stream()
        .map(
            sum ->
                new UsageLine(
                    label.apply(sum.getKey()), label.apply(sum.getKey()), null, sum.getValue()))
        .sorted(
            Comparator.comparingLong((UsageLine line) -> -line.totals().calls())
                .thenComparing(UsageLine::label))
        .toList();
  }

  private static <K> Map<K, UsageTotals> sums(List<Slot> slots, Function<Slot, K> by) {
    return slots.stream()
        .collect(
            groupingBy(by, mapping(Slot::totals, collectingAndThen(toList(), UsageTotals::sum))));
  }
}

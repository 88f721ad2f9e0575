package dev.keywheel.web.dashboard;

import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.article.view.PendingIssues;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.Providers;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.web.dashboard.DashboardPage.PoolLink;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Sparkline;
import dev.keywheel.web.page.Wheel;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads the data of the dashboard. */
public final class DashboardQuery {
  /** How many next keys are listed for a pool too large for marks. */
  private static final int NEXT_KEYS = 50;

  private final KeyPool keys;
  private final Providers providers;
  private final SettingsStore settings;
  private final Function<UUID, List<RunRow>> unfinished;
  private final Function<UUID, List<ArticleRow>> newest;
  private final Function<PoolId, List<Long>> lastDay;
  private final Alerts alerts;

  /**
   * @param unfinished the runs of a workspace that have not ended
   * @param newest the newest articles of a workspace
   * @param lastDay calls by hour of a pool
   * @param unsettled runs and articles of a workspace that need attention
   * @param failingJobs number of background jobs that failed several times in a row
   * @param auditBroken whether a check of the workspace's audit log has found something wrong
   */
  public DashboardQuery(
      KeyPool keys,
      Providers providers,
      SettingsStore settings,
      Function<UUID, List<RunRow>> unfinished,
      Function<UUID, List<ArticleRow>> newest,
      Function<PoolId, List<Long>> lastDay,
      Function<UUID, PendingIssues> unsettled,
      IntSupplier failingJobs,
      Predicate<UUID> auditBroken) {
    this.keys = keys;
    this.providers = providers;
    this.settings = settings;
    this.unfinished = unfinished;
    this.newest = newest;
    this.lastDay = lastDay;
    this.alerts = new Alerts(keys, unsettled, failingJobs, auditBroken);
  }

  /**
   * @param wanted the requested provider; the largest pool if it is unknown
   */
  DashboardPage at(UUID workspace, @Nullable String wanted) {
    var pools = pools(workspace);
    var shown =
        pools.stream()
            .map(PoolLink::provider)
            .filter(provider -> provider.equals(wanted))
            .findFirst()
            .orElseGet(() -> largest(pools));
    var pool = new PoolId(workspace, shown);
    var rule = AssignmentSettings.of(settings, workspace);
    var counts = keys.status().counts(pool);
    var nextRun = NextRun.of(counts, rule, keys.status().remainingDailyQuota(pool));
    var wheel = wheel(pool, counts, nextRun.seats());
    var runs = unfinished.apply(workspace);
    var articles = newest.apply(workspace);
    return new DashboardPage(
        pools,
        shown,
        counts,
        Sparkline.hours(lastDay.apply(pool)),
        wheel.wheel(),
        nextRun,
        wheel.twin(),
        wheel.next(),
        alerts.of(workspace, pools, shown, counts, runs),
        runs,
        articles);
  }

  private record Drawn(Wheel wheel, WheelTable twin, Wheel.@Nullable Key next) {}

  /** A large pool is not read key by key: arcs need only counts, the table only the next keys. */
  private Drawn wheel(PoolId pool, PoolCounts counts, int seats) {
    if (counts.all() <= Wheel.MOST_MARKS) {
      var ring = keys.rotation().findAll(pool, Wheel.MOST_MARKS);
      var wheel = Wheel.ofKeys(ring.stream().map(DashboardQuery::onWheel).toList(), seats);
      return new Drawn(wheel, WheelTable.ofMarks(wheel, ring), wheel.next());
    }
    var wheel = Wheel.ofParts(parts(counts));
    var next = keys.rotation().findNext(pool, keys.status().textClass(pool), NEXT_KEYS);
    return new Drawn(
        wheel,
        WheelTable.ofArcs(wheel, next, DashboardQuery::onWheel, seats),
        next.isEmpty() ? null : onWheel(next.getFirst()));
  }

  private List<PoolLink> pools(UUID workspace) {
    return providers.all().stream()
        .map(
            provider ->
                new PoolLink(
                    provider.name(),
                    provider.label(),
                    keys.status().counts(new PoolId(workspace, provider.name())).all()))
        .filter(link -> link.keys() > 0)
        .toList();
  }

  private String largest(List<PoolLink> pools) {
    return pools.stream()
        .max(Comparator.comparingInt(PoolLink::keys))
        .map(PoolLink::provider)
        .orElseGet(() -> providers.all().getFirst().name());
  }

  private static Wheel.Key onWheel(ApiKey key) {
    return new Wheel.Key(
        key.id().toString(),
        key.name(),
        "/keys/" + key.id(),
        tone(key.status()),
        key.status().label(),
        key.status() == KeyStatus.ACTIVE);
  }

  private static Severity tone(KeyStatus status) {
    return switch (status) {
      case ACTIVE -> Severity.OK;
      case RATE_LIMITED -> Severity.WARN;
      case FAILED -> Severity.BAD;
      case DISABLED -> Severity.OFF;
    };
  }

  private static List<Wheel.Part> parts(PoolCounts counts) {
    return List.of(
        new Wheel.Part(Severity.OK, KeyStatus.ACTIVE.label(), counts.active()),
        new Wheel.Part(Severity.WARN, KeyStatus.RATE_LIMITED.label(), counts.rateLimited()),
        new Wheel.Part(Severity.BAD, KeyStatus.FAILED.label(), counts.failed()),
        new Wheel.Part(Severity.OFF, KeyStatus.DISABLED.label(), counts.disabled()));
  }
}

package dev.keywheel.web.dashboard;

import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.article.view.PendingIssues;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.gateway.ledger.GatewayRequestCounts;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolSummary;
import dev.keywheel.people.audit.AuditStatus;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.provider.Providers;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.usage.LastDay;
import dev.keywheel.web.page.Choice;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Sparkline;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.page.Wheel;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

public final class DashboardQuery {
  /** Maximum number of keys in the table of a pool that is shown as arcs. */
  private static final int NEXT_KEYS = 50;

  /** Maximum number of topics of each provider that are suggested for a first article. */
  private static final int TOPICS = 4;

  private final KeyPool keys;
  private final Providers providers;
  private final SettingsStore settings;
  private final Function<UUID, List<RunRow>> unfinished;
  private final Function<UUID, GatewayRequestCounts> requests;
  private final Function<UUID, List<ArticleRow>> newest;
  private final Function<UUID, LastDay> lastDay;
  private final Map<String, List<String>> suggestedTopics;
  private final InstantSource clock;
  private final Alerts alerts;

  /**
   * @param unfinished the runs of a workspace that have not ended
   * @param requests gateway requests of a workspace in the last 24 hours
   * @param newest the newest articles of a workspace
   * @param lastDay the calls of a workspace in the last 24 hours
   * @param pendingIssues runs and articles of a workspace that need attention
   * @param failingJobs the number of background jobs that failed several times in a row
   * @param auditStatus the result of the last checks of a workspace's audit log
   * @param suggestedTopics topics by provider; empty without the sandbox, which also has the sample
   *     keys
   */
  public DashboardQuery(
      KeyPool keys,
      Providers providers,
      SettingsStore settings,
      Function<UUID, List<RunRow>> unfinished,
      Function<UUID, GatewayRequestCounts> requests,
      Function<UUID, List<ArticleRow>> newest,
      Function<UUID, LastDay> lastDay,
      Function<UUID, PendingIssues> pendingIssues,
      IntSupplier failingJobs,
      Function<UUID, AuditStatus> auditStatus,
      Map<String, List<String>> suggestedTopics,
      InstantSource clock) {
    this.keys = keys;
    this.providers = providers;
    this.settings = settings;
    this.unfinished = unfinished;
    this.requests = requests;
    this.newest = newest;
    this.lastDay = lastDay;
    this.suggestedTopics = suggestedTopics;
    this.clock = clock;
    this.alerts = new Alerts(pendingIssues, failingJobs, auditStatus, clock);
  }

  /**
   * @param wanted the requested provider; {@link #first} replaces an unknown one
   * @param sealed whether the vault is sealed, so that no key can be used
   */
  DashboardPage at(Principal viewer, @Nullable String wanted, boolean sealed) {
    var workspace = viewer.workspaceId();
    var rule = AssignmentSettings.of(settings, workspace);
    var runs = unfinished.apply(workspace);
    var day = lastDay.apply(workspace);
    var summaries = keys.status().summaries(workspace);
    var rows = PoolRows.of(summaries, providers, runs, rule, day, sealed, clock.instant());
    var shown =
        rows.stream()
            .map(PoolRow::provider)
            .filter(p -> p.equals(wanted))
            .findFirst()
            .orElseGet(() -> first(rows));
    var pool = new PoolId(workspace, shown);
    var counts =
        rows.stream()
            .filter(row -> row.provider().equals(shown))
            .map(PoolRow::counts)
            .findFirst()
            .orElse(PoolCounts.NONE);
    boolean paused =
        summaries.stream()
            .filter(it -> it.provider().equals(shown))
            .anyMatch(it -> it.state().pause(clock.instant()).isPresent());
    var nextRun = NextRun.of(counts, rule, keys.status().remainingDailyQuota(pool), sealed, paused);
    var wheel = wheel(pool, counts, nextRun.seats());
    return new DashboardPage(
        rows,
        summaries.stream().mapToInt(PoolSummary::trashed).sum(),
        shown,
        Providers.label(shown),
        counts,
        Sparkline.hours(day.all()),
        day.totals(),
        wheel.wheel(),
        nextRun,
        wheel.table(),
        wheel.next(),
        alerts.of(viewer, summaries),
        runs,
        requests.apply(workspace),
        newest.apply(workspace),
        !suggestedTopics.isEmpty(),
        topics(rows));
  }

  private List<Choice> topics(List<PoolRow> rows) {
    return rows.stream()
        .filter(row -> row.counts().active() > 0)
        .flatMap(
            row ->
                suggestedTopics.getOrDefault(row.provider(), List.of()).stream()
                    .limit(TOPICS)
                    .map(topic -> new Choice(topic, form(row.provider(), topic), false)))
        .toList();
  }

  private static String form(String provider, String topic) {
    return Url.of("/articles/new").with("provider", provider).with("topic", topic).toString();
  }

  /** The provider of the first pool that needs attention, otherwise of the largest pool. */
  private String first(List<PoolRow> rows) {
    var withKeys = rows.stream().filter(row -> row.counts().all() > 0).toList();
    return withKeys.stream()
        .filter(PoolRow::needsAttention)
        .findFirst()
        .or(() -> withKeys.stream().max(Comparator.comparingInt(row -> row.counts().all())))
        .or(() -> rows.stream().findFirst())
        .map(PoolRow::provider)
        .orElseGet(() -> providers.all().getFirst().name());
  }

  private record DrawnWheel(Wheel wheel, WheelTable table, Wheel.@Nullable Key next) {}

  /** Reads only the counts and the next keys of a large pool, which is shown as arcs. */
  private DrawnWheel wheel(PoolId pool, PoolCounts counts, int seats) {
    if (counts.all() <= Wheel.MAX_MARKS) {
      var ring = keys.rotation().findAll(pool, Wheel.MAX_MARKS);
      var wheel = Wheel.ofKeys(ring.stream().map(DashboardQuery::onWheel).toList(), seats);
      return new DrawnWheel(wheel, WheelTable.ofMarks(wheel, ring), wheel.next());
    }
    var wheel = Wheel.ofParts(parts(counts));
    var next = keys.rotation().findNext(pool, keys.status().textClass(pool), NEXT_KEYS);
    return new DrawnWheel(
        wheel,
        WheelTable.ofArcs(wheel, next, DashboardQuery::onWheel, seats),
        next.isEmpty() ? null : onWheel(next.getFirst()));
  }

  private static Wheel.Key onWheel(ApiKey key) {
    return new Wheel.Key(
        key.id().toString(),
        key.name(),
        "/keys/" + key.id(),
        Severity.of(key.status()),
        key.status().label(),
        key.status() == KeyStatus.ACTIVE);
  }

  private static List<Wheel.Part> parts(PoolCounts counts) {
    return List.of(
        new Wheel.Part(Severity.OK, KeyStatus.ACTIVE.label(), counts.active()),
        new Wheel.Part(Severity.WARN, KeyStatus.RATE_LIMITED.label(), counts.rateLimited()),
        new Wheel.Part(Severity.BAD, KeyStatus.FAILED.label(), counts.failed()),
        new Wheel.Part(Severity.OFF, KeyStatus.DISABLED.label(), counts.disabled()));
  }
}

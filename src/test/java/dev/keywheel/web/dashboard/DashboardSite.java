package dev.keywheel.web.dashboard;

import static dev.keywheel.db.schema.Tables.API_KEYS;

import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.article.view.PendingIssues;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.gateway.ledger.GatewayRequestCounts;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.people.audit.AuditFinding;
import dev.keywheel.people.audit.AuditStatus;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.run.RunState;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.Statements;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestKeys;
import dev.keywheel.support.TestPool;
import dev.keywheel.support.UnreachableProvider;
import dev.keywheel.support.WebApp;
import dev.keywheel.usage.LastDay;
import dev.keywheel.usage.UsageTotals;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;

/** The dashboard over a real database; the test provides runs and articles. */
final class DashboardSite implements AutoCloseable {
  private static final PendingIssues.IssueCount NONE = new PendingIssues.IssueCount(0, null, "");

  private final TestDatabase database = TestDatabase.create();
  final Statements statements = new Statements();
  final TestClock clock = new TestClock();
  final WebApp app;
  final KeyPool keys;
  final TestKeys testKeys;
  volatile LastDay lastDay = new LastDay(Map.of(), UsageTotals.NONE);
  volatile int failingJobs;
  volatile AuditStatus auditStatus = auditStatus(false);
  volatile AuditStatus instanceAuditStatus = auditStatus(false);

  private static GatewayRequestCounts requests() {
    var byOutcome = new LinkedHashMap<String, Integer>();
    byOutcome.put("Answered", 30);
    byOutcome.put("Refused", 5);
    byOutcome.put("Failed", 1);
    byOutcome.put("Client gone", 4);
    return new GatewayRequestCounts(2, 40, byOutcome, false);
  }

  DashboardSite(List<RunRow> runs, List<ArticleRow> articles) {
    var vault = new Vault[1];
    var made = new KeyPool[1];
    app =
        WebApp.start(
            statements.over(database.database()),
            clock,
            parts -> {
              vault[0] = vault(parts);
              made[0] = new KeyPool(parts.db, vault[0], clock);
              var providers = new Providers(List.of(provider("openrouter"), provider("sandbox")));
              var settings = new SettingsStore(parts.db);
              return List.of(
                  new DashboardRoutes(
                      parts.web,
                      new DashboardQuery(
                          made[0],
                          providers,
                          settings,
                          w -> runs,
                          _ -> requests(),
                          w -> articles,
                          _ -> lastDay,
                          w -> new PendingIssues(NONE, NONE, NONE),
                          () -> failingJobs,
                          w -> w.equals(WorkspaceIds.INSTANCE) ? instanceAuditStatus : auditStatus,
                          Map.of("sandbox", List.of("Bread", "Cheese & ham")),
                          clock)));
            });
    keys = made[0];
    testKeys = new TestKeys(vault[0], app.ids, clock);
  }

  static AuditStatus auditStatus(boolean overdue, AuditFinding... findings) {
    return new AuditStatus(
        0, TestClock.START, overdue, null, null, 0, List.of(findings), "anchor", "");
  }

  private Vault vault(WebApp parts) {
    var vault =
        new Vault(
            parts.db,
            KekSource.variable("KEYWHEEL_KEK", TestPool.KEK),
            new SecureRandom(),
            parts.ids,
            clock);
    vault.unseal();
    return vault;
  }

  private Provider provider(String name) {
    return UnreachableProvider.named(name, name, clock);
  }

  PoolId pool(String provider) {
    return new PoolId(app.workspace(), provider);
  }

  /** Adds {@code <prefix>1} … {@code <prefix><n>}. */
  List<UUID> add(String prefix, int n) {
    var fresh =
        IntStream.rangeClosed(1, n)
            .mapToObj(i -> new NewKey(prefix + i, Secret.of("sk-or-v1-a-secret-of-" + prefix + i)))
            .toList();
    return app.db.inTx(tx -> testKeys.add(tx, pool("openrouter"), fresh));
  }

  /** Adds {@code sample1} … {@code sample<n>} to the other pool. */
  void addSamples(int n) {
    var samples =
        IntStream.rangeClosed(1, n)
            .mapToObj(i -> new NewKey("sample" + i, Secret.of("sk-or-demo-valid-" + i)))
            .toList();
    app.db.runTx(tx -> testKeys.add(tx, pool("sandbox"), samples));
  }

  /** Pauses the pool for ten minutes. */
  void pause() {
    var until = clock.instant().plusSeconds(600);
    app.db.runTx(
        tx ->
            keys.status()
                .pausePool(
                    tx,
                    pool("openrouter"),
                    new PoolPause(until, "the provider is down", PauseCause.OTHER)));
  }

  void setNextCheck(UUID key, Instant at) {
    app.db.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.CHECK_DUE, at)
                .where(API_KEYS.ID.eq(key))
                .execute());
  }

  /** Assigns the next {@code n} keys of the rotation. */
  void assign(int n) {
    app.db.runTx(
        tx ->
            keys.rotation()
                .assign(
                    tx,
                    keys
                        .rotation()
                        .findUsable(tx, pool("openrouter"), ModelClass.FREE, Set.of(), n)
                        .stream()
                        .map(ApiKey::id)
                        .toList()));
  }

  /**
   * Sets this status for the last {@code n} active keys of the rotation; for {@code DISABLED}, for
   * the last {@code n} keys that are not disabled.
   */
  void setStatus(KeyStatus status, int n) {
    var all =
        keys.rotation().findAll(pool("openrouter"), 10_000).stream()
            .filter(
                key ->
                    status == KeyStatus.DISABLED
                        ? key.status() != status
                        : key.status() == KeyStatus.ACTIVE)
            .map(ApiKey::id)
            .toList();
    setStatus(status, all.subList(all.size() - Math.min(n, all.size()), all.size()));
  }

  void setStatus(KeyStatus status, List<UUID> ids) {
    app.db.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.STATUS, status.code())
                .set(API_KEYS.USABLE_FREE, status == KeyStatus.ACTIVE)
                .where(API_KEYS.ID.eq(org.jooq.impl.DSL.any(ids.toArray(UUID[]::new))))
                .execute());
  }

  RunRow run(long number, String topic, RunState state) {
    return new RunRow(
        app.ids.next(),
        number,
        topic,
        "openrouter",
        state,
        null,
        3,
        8,
        4,
        true,
        WebApp.EMAIL,
        clock.instant());
  }

  @Override
  public void close() {
    app.close();
    database.close();
  }
}

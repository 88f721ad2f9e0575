package dev.keywheel.web.settings;

import static dev.keywheel.db.schema.Tables.POOLS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.log.StreamKind;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.provider.Providers;
import dev.keywheel.retention.Retention;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.HttpBrowser.Answer;
import dev.keywheel.support.Statements;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.UnreachableProvider;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.log.LogRoutes;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the settings and the log show about the gateway. */
@Tag("full")
class GatewaySettingsTest {
  private final TestDatabase test = TestDatabase.create();
  private final Database database = test.database();
  private final TestClock clock = new TestClock();
  private final Ids ids = new Ids(clock, new SecureRandom());
  private final KeyPool keys =
      new KeyPool(
          database,
          new Vault(
              database,
              KekSource.managedFile(Path.of("target", "test-kek-" + UUID.randomUUID())),
              new SecureRandom(),
              ids,
              clock),
          clock);
  private final ExecutionLog log = new ExecutionLog(database);
  private final Statements statements = new Statements();
  private final SettingsStore settings = new SettingsStore(statements.over(database));
  private final Providers providers = new Providers(List.of(UnreachableProvider.create(clock)));

  @AutoClose
  private final WebApp app =
      WebApp.start(
          test,
          clock,
          parts ->
              List.of(
                  new SettingsRoutes(
                      parts.web,
                      new SettingsService(parts.db, keys, settings, providers, parts.audit, clock),
                      new Retention(parts.db, settings, parts.audit, clock, List.of())),
                  new LogRoutes(parts.web, log)));

  private final HttpBrowser browser = app.browser(app.admin());

  @Test
  void the_rules_for_gateway_keys_also_apply_to_later_pools() {
    assertThat(browser.post("/settings/gateway", "callsPerKey", "3").text()).contains("Add keys");
    createPool("openrouter");

    browser.post("/settings/gateway", "byAccount", "on", "callsPerKey", "3");
    createPool("sandbox");

    List<String> kept =
        database.read(
            dsl ->
                dsl.selectFrom(POOLS)
                    .where(POOLS.WORKSPACE_ID.eq(app.workspace()))
                    .fetch()
                    .map(row -> row.get(POOLS.AFFINITY) + row.get(POOLS.CALLS_PER_KEY)));
    assertThat(kept).containsExactly("account3", "account3");
    var page = browser.get("/settings").page();
    assertThat(page.select("input[name=callsPerKey]").val()).isEqualTo("3");
    assertThat(page.select("input[name=byAccount][checked]")).hasSize(1);
    var entry = app.audit.newest(app.workspace(), AuditFilter.ALL, null, 1).getFirst();
    assertThat(entry.action()).isEqualTo("changed settings");
    assertThat(entry.subject()).isEqualTo("gateway");
  }

  @ParameterizedTest
  @CsvSource({
    "rule, required, 9, 8, 0, minimum=5",
    "tests, atOnce, 7, 8, 0, deadlineSeconds=10",
    "runs, runsAtOnce, 7, 8, 0, waitHours=24&retries=0",
    "gateway, callsPerKey, 7, 8, x, ''",
    "publishing, site, https://b.example/, https://a.example/, b.example, ''",
    "models/openrouter, models_openrouter_writer, b/c, a/c, c,"
        + " models_openrouter_planner=p/q&models_openrouter_coder=p/q"
        + "&models_openrouter_checker=p/q&models_openrouter_image=p/q",
    "retention, logDays, 70, 80, 0, historyDays=180&rawDays=30&previewDays=7&auditDays=0"
        + "&gatewayDays=30&articleTrashDays=7",
  })
  void settings_that_were_changed_since_the_page_was_opened_are_not_overwritten_unseen(
      String form, String field, String theirs, String mine, String mistyped, String others) {
    createPool("openrouter");
    String path = "/settings/" + form;
    String seen = basis(browser.get("/settings"), path);
    assertThat(browser.post(path, fields(field, theirs, others, seen)).status()).isEqualTo(303);

    var error = browser.post(path, fields(field, mistyped, others, seen));
    assertThat(error.status()).isEqualTo(422);
    var refused = browser.post(path, fields(field, mine, others, basis(error, path)));
    assertThat(refused.status()).isEqualTo(422);
    String label = refused.page().select("label[for=f-" + field + "]").text();
    assertThat(refused.text())
        .contains(
            "changed after you opened this page. Saved values that differ from yours: “"
                + label
                + "” is "
                + theirs
                + ".");
    assertThat(refused.page().select("[name=" + field + "]").val().strip()).isEqualTo(mine);
    assertThat(browser.get("/settings").page().select("[name=" + field + "]").val().strip())
        .isEqualTo(theirs);

    String shown = basis(refused, path);
    assertThat(browser.post(path, fields(field, mine, others, shown)).status()).isEqualTo(303);
    assertThat(browser.post(path, fields(field, mine, others, seen)).status())
        .as("the same once more")
        .isEqualTo(303);
  }

  @Test
  void a_checkbox_that_the_user_cleared_stays_clear_beside_an_error() {
    createPool("openrouter");
    browser.post("/settings/gateway", "byAccount", "on", "callsPerKey", "3");
    var refused = browser.post("/settings/gateway", "callsPerKey", "x");
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.page().select("[name=byAccount][checked]")).isEmpty();
  }

  @Test
  void the_page_reads_each_group_of_settings_once_for_its_fields_and_its_base_version() {
    statements.forget();
    assertThat(browser.get("/settings").status()).isEqualTo(200);
    assertThat(statements.matching(sql -> sql.contains("\"value\"") && sql.contains("settings\"")))
        .as("rule, tests, runs, publishing, models, retention and sign-in")
        .hasSize(7);
  }

  private static String basis(Answer page, String path) {
    return page.page().select("form[action=" + path + "] [name=based_on]").val();
  }

  private static String[] fields(String field, String value, String others, String basis) {
    var sent = new ArrayList<>(List.of(field, value, "based_on", basis));
    for (String other : others.split("&")) {
      if (!other.isEmpty()) {
        sent.addAll(List.of(other.split("=")));
      }
    }
    return sent.toArray(String[]::new);
  }

  @Test
  void of_two_changes_of_new_settings_at_the_same_time_one_is_refused() throws Exception {
    String seen = basis(browser.get("/settings"), "/settings/tests");
    var answers = new ArrayList<Future<Integer>>();
    try (var both = Executors.newVirtualThreadPerTaskExecutor()) {
      database.runTx(
          tx -> {
            tx.dsl().execute("lock table settings in exclusive mode");
            for (String atOnce : List.of("7", "8")) {
              var sent = fields("atOnce", atOnce, "deadlineSeconds=10", seen);
              answers.add(both.submit(() -> browser.post("/settings/tests", sent).status()));
            }
            Await.until("both wait", () -> TestDatabase.waitingForLocks(tx) == 2);
          });
    }
    assertThat(List.of(answers.get(0).get(), answers.get(1).get()))
        .containsExactlyInAnyOrder(303, 422);
  }

  @Test
  void the_lines_of_the_gateway_can_be_shown_alone() {
    UUID stream = ids.next();
    database.runTx(
        tx -> {
          log.open(tx, stream, app.workspace(), StreamKind.REQUEST);
          log.append(
              tx,
              stream,
              clock.instant(),
              List.of(LogLine.info("op.executing", "Alpha"), LogLine.warn("gw.refused", "Beta")));
        });

    assertThat(browser.get("/log").text()).contains("Alpha", "Beta");
    assertThat(browser.get("/log?from=gateway").text()).contains("Beta").doesNotContain("Alpha");
    assertThat(browser.get("/log.txt?from=gateway").text())
        .contains("Beta")
        .doesNotContain("Alpha");
  }

  private void createPool(String provider) {
    database.runTx(tx -> keys.status().setNotice(tx, new PoolId(app.workspace(), provider), null));
  }
}

package dev.keywheel.web.usage;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.keywheel.article.view.RunService;
import dev.keywheel.db.Database;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.RandomAttempts;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.usage.UsageQueries;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("full")
class UsagePagesTest {
  private static final String COUNTED =
      """
       from attempts join runs on runs.id = run_id
      where attempts.state <> 'sent' and attempts.outcome is distinct from 'not_sent'
        and sent_at >= '%s'
      """;

  @RegisterExtension final Chromium chromium = new Chromium();

  private final TestDatabase postgres = TestDatabase.create();
  private final Database database = postgres.database();
  private final TestClock clock = new TestClock();
  private final UsageQueries usage = new UsageQueries(database);
  private final WebApp app = WebApp.start(database, clock, web -> List.of(screen(web)));

  private UsageRoutes screen(WebApp parts) {
    var runs = new RunService(database, null, InstantSource.system());
    return new UsageRoutes(parts.web, usage, runs, clock);
  }

  @AfterEach
  void close() {
    app.close();
    postgres.close();
  }

  private void history(int steps, Duration since) {
    new RandomAttempts(database, app.ids, app.workspace(), clock.instant(), since, 11).play(steps);
  }

  @Test
  void page_tables_and_csv_equal_the_attempts_to_the_cent() {
    app.admin();
    history(600, Duration.ofDays(40));
    for (var period : List.of("24h", "7d", "30d")) {
      for (var by : List.of("pool", "model", "key")) {
        var query = "?period=" + period + "&by=" + by;
        if (by.equals("key") && period.equals("24h")) {
          continue; // keys are counted by day
        }
        var page = get("/usage" + query).page();
        var from = period.equals("24h") ? hours(23) : days(period.equals("7d") ? 6 : 29);
        var expected = attempts(from);
        assertThat(tiles(page)).as(query).isEqualTo(tiles(expected));
        assertThat(total(rows(page, "calls"))).as(query).isEqualTo(expected.calls());
        assertThat(total(rows(page, "groups"))).as(query).isEqualTo(expected.calls());
        for (var table : List.of("time", "group")) {
          var csv = csv("/usage/csv" + query + "&table=" + table);
          assertThat(
                  new Figures(
                      sum(csv, 1), sum(csv, 2), sum(csv, 3), sum(csv, 7) + sum(csv, 8), cost(csv)))
              .as(query + " " + table)
              .isEqualTo(expected);
          assertThat(csv).hasSize(rows(page, table.equals("time") ? "calls" : "groups").size());
        }
      }
    }
  }

  @Test
  void the_csv_has_the_rows_of_the_table_in_its_order() {
    app.admin();
    history(300, Duration.ofDays(7));
    var query = "?period=7d&step=hour&by=key&order=cost";
    var page = get("/usage" + query).page();
    var shown = rows(page, "groups").stream().map(row -> row.select("th, td").eachText()).toList();
    var csv = csv("/usage/csv" + query + "&table=group");
    assertThat(csv.stream().map(cells -> cells.subList(0, 6)).toList())
        .isEqualTo(shown.stream().map(cells -> cells.subList(0, 6)).toList());
    assertThat(csv.stream().map(cells -> new BigDecimal(cells.getLast())).toList())
        .isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(rows(page, "calls")).hasSizeGreaterThan(6 * 24);
    assertThat(page.select("#groups ~ *, [aria-current]").eachText()).contains("By key");
  }

  @Test
  void runs_are_shown_with_everything_they_have_used_and_link_to_their_page() {
    app.admin();
    var run = RandomAttempts.run(database, app.ids, app.workspace(), "openrouter", clock.instant());
    var old = clock.instant().minus(Duration.ofDays(9));
    RandomAttempts.run(database, app.ids, app.workspace(), "sandbox", old);
    postgres.asOwner("update runs set calls = 3, tokens = 12345, cost = 0.12345678");
    history(30, Duration.ofHours(20));
    var page = get("/usage?period=7d&by=run&order=cost").page();
    assertThat(page.select("[aria-labelledby=groups] tbody tr")).hasSize(1);
    assertThat(page.select("[aria-labelledby=groups] tbody tr").text())
        .contains("3 12,345 $0.1235");
    assertThat(page.select("[aria-labelledby=groups] tbody a").attr("href"))
        .isEqualTo("/runs/" + run);
    assertThat(csv("/usage/csv?period=7d&by=run&table=group").getFirst().getLast())
        .isEqualTo("0.12345678");
  }

  @Test
  void each_bar_has_its_figures_as_a_title_and_the_drawing_a_description() {
    app.admin();
    history(200, Duration.ofHours(20));
    var page = get("/usage?period=24h").page();
    var charts = page.select("svg.chart");
    assertThat(charts).hasSize(3);
    assertThat(charts.first().select("g > title")).hasSize(24);
    assertThat(charts.first().select("g > title").last().text())
        .matches(".* 14:00: Calls \\d+, Answered \\d+, .*");
    assertThat(charts.first().select("> desc").text()).startsWith("From ").contains("24 bars");
    assertThat(page.select("[style], svg style, svg script")).isEmpty();
    var abroad = app.browser(app.admin());
    abroad.cookie("browser-zone", "Asia/Kolkata");
    var there = abroad.get("/usage?period=24h").page();
    assertThat(there.select(".page-note").text()).startsWith("Hours in IST;");
    assertThat(there.select("svg.chart").first().select("g > title").last().text())
        .contains(" 19:30: Calls");
    assertThat(abroad.get("/usage?period=7d").page().select(".page-note").text())
        .startsWith("A day begins at 00:00 UTC (05:30 IST);");
    assertThat(abroad.get("/usage/csv?period=24h&table=time").body()).contains("T14:00Z");
  }

  @ParameterizedTest
  @CsvSource({
    "Europe/Berlin, 2026-10-25T03:20:00Z, CEST and CET, 'Sun 25 Oct, 02:00 '",
    "America/New_York, 2026-11-01T07:20:00Z, EDT and EST, 'Sun 1 Nov, 01:00 '",
    "Europe/Berlin, 2026-03-29T03:20:00Z, CET and CEST, ''",
    "America/New_York, 2026-03-08T09:20:00Z, EST and EDT, ''",
  })
  void hours_around_a_change_of_the_clocks_are_distinguished_and_add_up(
      String zone, Instant now, String names, String twice) {
    clock.set(now);
    var browser = app.browser(app.admin());
    browser.cookie("browser-zone", zone);
    history(300, Duration.ofHours(30));
    var page = browser.get("/usage?period=24h").page();
    assertThat(page.select(".page-note").text()).startsWith("Hours in " + names + ";");
    var hours = rows(page, "calls").stream().map(row -> row.select("th").text()).toList();
    assertThat(hours).hasSize(24).doesNotHaveDuplicates();
    assertThat(hours.stream().filter(hour -> hour.matches(".* [A-Z]+")))
        .containsExactlyElementsOf(
            twice.isEmpty()
                ? List.of()
                : Stream.of(names.split(" and ")).map(twice::concat).toList());
    var expected = attempts(hours(23));
    assertThat(tiles(page)).isEqualTo(tiles(expected));
    assertThat(total(rows(page, "calls"))).isEqualTo(expected.calls());
    assertThat(cost(csv("/usage/csv?period=24h&table=time"))).isEqualTo(expected.cost());
  }

  @Test
  void one_call_no_calls_and_a_period_without_calls_have_different_texts() {
    app.admin();
    assertThat(get("/usage").page().text()).contains("No calls yet").doesNotContain("CSV");
    assertThat(get("/usage?period=24h&by=run&step=x&order=x").page().text())
        .contains("No calls yet");
    oneCall(Duration.ofDays(10));
    var none = get("/usage?period=7d").page();
    assertThat(none.text()).contains("No calls in the last 7 days");
    assertThat(none.select("a:contains(Show the last 30 days)").attr("href"))
        .contains("period=30d");
    var page = get("/usage?period=30d").page();
    assertThat(tiles(page)).containsExactly("1", "100 %", "3", "< $0.0001");
    assertThat(page.select("svg.chart").first().select(".chart-lower").attr("height"))
        .isEqualTo("50");
    assertThat(csv("/usage/csv?period=30d&table=group").getFirst())
        .containsExactly("OpenRouter", "1", "1", "0", "0", "0", "100", "2", "1", "0.00000001");
  }

  @Test
  void the_page_is_valid_and_accessible_in_every_theme_and_width() {
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    visit(page, "/usage");
    PageChecks.assertGood(page, "usage-empty");
    history(500, Duration.ofDays(29));
    for (var query : List.of("?period=30d", "?period=24h&by=model", "?by=key", "?by=run")) {
      visit(page, "/usage" + query);
      PageChecks.assertGood(page, "usage" + query.replaceAll("\\W+", "-"));
    }
    visit(page, "/usage?by=pool");
    page.setViewportSize(641, 800);
    assertThat(page.evaluate(TOO_WIDE)).isEqualTo(false);
    page.setViewportSize(Look.DESKTOP.width(), Look.DESKTOP.height());
    page.locator(".chart-table > summary").first().click();
    PageChecks.assertGood(page, "usage-table");
  }

  private static final String TOO_WIDE =
      "() => [...document.querySelectorAll('.table-wrap')].some(e => e.scrollWidth > e.clientWidth"
          + " + 1)";

  private void visit(Page page, String path) {
    page.navigate(app.url() + path);
  }

  private void oneCall(Duration ago) {
    var at = clock.instant().minus(ago);
    UUID run = RandomAttempts.run(database, app.ids, app.workspace(), "openrouter", at);
    database.runTx(
        tx ->
            tx.dsl()
                .insertInto(ATTEMPTS)
                .set(ATTEMPTS.RUN_ID, run)
                .set(ATTEMPTS.ORDINAL, 1)
                .set(ATTEMPTS.NO, 1)
                .set(ATTEMPTS.CAUSE, "first")
                .set(ATTEMPTS.KEY_ID, new UUID(0, 1))
                .set(ATTEMPTS.KEY_NAME, "key1")
                .set(ATTEMPTS.MODEL, "test/a")
                .set(ATTEMPTS.STATE, "ok")
                .set(ATTEMPTS.PROMPT_TOKENS, 2)
                .set(ATTEMPTS.COMPLETION_TOKENS, 1)
                .set(ATTEMPTS.COST, new BigDecimal("0.00000001"))
                .set(ATTEMPTS.REQUEST_HASH, "hash")
                .set(ATTEMPTS.SENT_AT, at)
                .execute());
  }

  private HttpBrowser.Answer get(String path) {
    return app.browser(app.admin()).get(path);
  }

  /** Figures that the test computes itself. */
  private record Figures(long calls, long ok, long failed, long tokens, BigDecimal cost) {}

  private Figures attempts(String from) {
    var sql =
        """
        select count(*), count(*) filter (where attempts.state in ('ok', 'cut', 'invalid')),
               count(*) filter (where attempts.state in ('http_error', 'timeout')),
               coalesce(sum(coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0)), 0),
               coalesce(sum(attempts.cost), 0)
        """
            + COUNTED.formatted(from);
    return database.read(
        dsl -> {
          var row = dsl.fetchSingle(sql);
          return new Figures(
              row.get(0, Long.class),
              row.get(1, Long.class),
              row.get(2, Long.class),
              row.get(3, Long.class),
              row.get(4, BigDecimal.class).stripTrailingZeros());
        });
  }

  private String hours(int back) {
    return start("hour", back + " hours");
  }

  private String days(int back) {
    return start("day", back + " days");
  }

  private String start(String unit, String back) {
    var sql =
        "select (date_trunc('%s', '%s'::timestamptz, 'UTC') - interval '%s')::text"
            .formatted(unit, clock.instant(), back);
    return database.read(dsl -> dsl.fetchSingle(sql).get(0, String.class));
  }

  private static List<String> tiles(Figures figures) {
    long known = figures.ok() + figures.failed();
    var success =
        BigDecimal.valueOf(100 * figures.ok())
            .divide(BigDecimal.valueOf(known), 1, RoundingMode.HALF_UP)
            .stripTrailingZeros()
            .toPlainString();
    return List.of(
        "%,d".formatted(figures.calls()),
        success + " %",
        "%,d".formatted(figures.tokens()),
        "$" + figures.cost().setScale(4, RoundingMode.HALF_UP));
  }

  private static List<String> tiles(Document page) {
    return page.select(".usage-strip dd").eachText();
  }

  private static List<Element> rows(Document page, String table) {
    return page.select("table[aria-labelledby=" + table + "] tbody tr");
  }

  private static long total(List<Element> rows) {
    return rows.stream().mapToLong(row -> whole(row.select("td").first().text())).sum();
  }

  private static long whole(String text) {
    return Long.parseLong(text.replace(",", ""));
  }

  private static long sum(List<List<String>> csv, int column) {
    return csv.stream().mapToLong(cells -> whole(cells.get(column))).sum();
  }

  private static BigDecimal cost(List<List<String>> csv) {
    return csv.stream()
        .map(cells -> new BigDecimal(cells.getLast()))
        .reduce(BigDecimal.ZERO, BigDecimal::add)
        .stripTrailingZeros();
  }

  /** The lines below the header. */
  private List<List<String>> csv(String path) {
    var lines = new ArrayList<List<String>>();
    get(path).body().lines().skip(1).forEach(line -> lines.add(List.of(line.split(",", -1))));
    return lines;
  }
}

package dev.keywheel.web.log;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.db.Json;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.log.StreamKind;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LogPagesTest {
  @RegisterExtension final Chromium chromium = new Chromium();

  private final TestDatabase postgres = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final ExecutionLog log = new ExecutionLog(postgres.database());
  private final WebApp app =
      WebApp.start(
          postgres.database(),
          clock,
          web ->
              List.of(
                  new LogRoutes(web.web.view(), web.web.templates(), log), new OneLog(web, log)));

  /** A page that holds the log of one stream, as the page of a run does. */
  private record OneLog(WebApp app, ExecutionLog log) implements Screen {
    @Override
    public void routes(Routes routes) {
      routes.get(
          "/one/{id}",
          RequiredRole.VIEWER,
          ctx -> {
            var tail = log.tail(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx, "id"), 50);
            app.web
                .view()
                .page(
                    ctx,
                    PageMeta.of("One log", Section.LOG),
                    output -> {
                      output.writeContent("<h1>One log</h1>");
                      boolean steps = "steps".equals(ctx.queryParam("log"));
                      app.web.templates().logTools("1").writeTo(output);
                      app.web.templates().logBox(tail, steps).writeTo(output);
                    });
          });
    }
  }

  @AfterEach
  void close() {
    app.close();
    postgres.close();
  }

  private UUID run() {
    var run = app.ids.next();
    var article = app.ids.next();
    app.db.runTx(
        tx -> {
          tx.dsl()
              .insertInto(ARTICLES)
              .set(ARTICLES.ID, article)
              .set(ARTICLES.WORKSPACE_ID, app.workspace())
              .set(ARTICLES.SLUG, "a")
              .set(ARTICLES.TOPIC, "Compound interest")
              .set(ARTICLES.CREATED_AT, clock.instant())
              .set(ARTICLES.UPDATED_AT, clock.instant())
              .execute();
          tx.dsl()
              .insertInto(RUNS)
              .set(RUNS.ID, run)
              .set(RUNS.WORKSPACE_ID, app.workspace())
              .set(RUNS.ARTICLE_ID, article)
              .set(RUNS.REQUEST_ID, app.ids.next())
              .set(RUNS.PROVIDER, "openrouter")
              .set(RUNS.KIND, "full")
              .set(RUNS.INPUTS, Json.jsonb(Map.of()))
              .set(RUNS.STATE, "running")
              .set(RUNS.STARTED_BY_NAME, WebApp.EMAIL)
              .set(RUNS.CREATED_AT, clock.instant())
              .execute();
          log.open(tx, run, app.workspace(), StreamKind.RUN);
        });
    return run;
  }

  private void append(UUID stream, LogLine... lines) {
    app.db.runTx(tx -> log.append(tx, stream, clock.instant(), List.of(lines)));
  }

  private void append(UUID stream, int from, int to) {
    append(
        stream,
        IntStream.rangeClosed(from, to)
            .mapToObj(i -> LogLine.info("test", "line " + i))
            .toArray(LogLine[]::new));
  }

  private void end(UUID run) {
    app.db.runTx(
        tx -> tx.dsl().update(RUNS).set(RUNS.STATE, "completed").where(RUNS.ID.eq(run)).execute());
  }

  private Page open(String path, Look look) {
    var page = app.open(chromium, look, app.admin());
    page.navigate(app.url() + path);
    return page;
  }

  private static List<String> texts(Page page) {
    return page.locator(".log-text").allTextContents();
  }

  private static List<String> numbered(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(i -> "line " + i).toList();
  }

  @Test
  void the_lines_of_a_run_are_searched_on_its_page_while_new_ones_arrive() {
    var run = run();
    append(run, LogLine.info("a", "alpha"), LogLine.warn("b", "beta"), LogLine.error("c", "gamma"));
    var page = open("/one/" + run, Look.DESKTOP);
    page.getByLabel("Problems only").check();
    assertThat(page.locator(".log-line:visible")).hasCount(2);
    page.getByLabel("Search this log").fill("GAM");
    assertThat(page.locator(".log-line:visible")).hasCount(1);
    assertThat(page.locator(".log-found")).hasText("1 of 3 lines");
    append(run, LogLine.error("d", "gamma again"), LogLine.info("e", "gamma calm"));
    assertThat(page.locator(".log-found")).hasText("2 of 5 lines");
    assertThat(page.locator(".log-line:visible")).hasCount(2);
    PageChecks.copiesTo(page, "copied");
    page.getByText("Copy lines").click();
    assertThat(page.evaluate("() => window.copied")).isEqualTo("gamma\ngamma again");
  }

  @Test
  void a_log_folded_by_step_keeps_its_open_parts_and_the_marked_text() {
    var run = run();
    append(run, LogLine.info("a", "🎯 Need 7 keys"), LogLine.info("b", "first of two").of(2));
    var page = open("/one/" + run + "?log=steps", Look.DESKTOP);
    assertThat(page.locator(".log-group[open]")).hasCount(0);
    page.getByText("2 Tool Generator").click();
    page.evaluate(
        "() => getSelection().selectAllChildren(document.querySelector('#log-step-2 .log-text'))");
    append(run, LogLine.info("c", "second of two").of(2), LogLine.warn("d", "of three").of(3));
    assertThat(page.locator("#log-step-2 .log-text"))
        .hasText(new String[] {"first of two", "second of two"});
    assertThat(page.locator("#log-group-2 summary")).containsText("2 lines");
    assertThat(page.locator("#log-group-3 summary")).containsText("1 line, 1 problem");
    assertThat(page.locator(".log-group[open]")).hasCount(1);
    assertThat(page.evaluate("() => String(getSelection())")).isEqualTo("first of two");
  }

  @Test
  void a_rule_with_date_and_zone_stands_where_the_day_changes_for_the_user() {
    var run = run();
    for (var text : List.of("a", "b", "c")) {
      append(run, LogLine.info("a", text));
      clock.tick(Duration.ofHours(5));
    }
    var browser = app.browser(app.admin());
    assertThat(rulesAndLines(browser.get("/log").page()))
        .containsExactly(
            "Tuesday 10 Mar 2026, UTC",
            "14:25:36 a",
            "19:25:36 b",
            "Wednesday 11 Mar 2026, UTC",
            "00:25:36 c");
    browser.cookie("browser-zone", "Asia/Shanghai");
    var shanghai = browser.get("/log").page();
    assertThat(rulesAndLines(shanghai))
        .containsExactly(
            "Tuesday 10 Mar 2026, Asia/Shanghai",
            "22:25:36 a",
            "Wednesday 11 Mar 2026, Asia/Shanghai",
            "03:25:36 b",
            "08:25:36 c");
    assertThat(shanghai.select(".log-time").first().attr("title"))
        .isEqualTo("10 Mar 2026, 22:25:36 CST");
    browser.cookie("browser-zone", "Nowhere/Else");
    assertThat(browser.get("/log").page().select(".log-day").first().text()).endsWith("UTC");
  }

  private static List<String> rulesAndLines(Document page) {
    return page.select("#log > li").stream()
        .map(
            line ->
                line.hasClass("log-day")
                    ? line.text()
                    : line.select("time").text() + " " + line.select(".log-text").text())
        .toList();
  }

  @Test
  void new_and_earlier_lines_get_their_rules_and_none_appears_twice() {
    clock.set(Instant.parse("2026-03-10T23:50:00Z"));
    var run = run();
    append(run, 1, 60);
    var page = open("/one/" + run, Look.DESKTOP);
    var rules = page.locator(".log-day");
    assertThat(rules).hasText(new String[] {"Tuesday 10 Mar 2026, UTC"});
    page.getByText("Earlier lines").click();
    assertThat(page.locator(".log-line")).hasCount(60);
    assertThat(rules).hasText(new String[] {"Tuesday 10 Mar 2026, UTC"});
    assertThat(page.locator("#log > li").first()).hasClass("log-day");
    clock.tick(Duration.ofMinutes(20));
    append(run, 61, 62);
    assertThat(page.locator(".log-line")).hasCount(62);
    assertThat(rules)
        .hasText(new String[] {"Tuesday 10 Mar 2026, UTC", "Wednesday 11 Mar 2026, UTC"});
  }

  @Test
  void filters_are_in_the_address_and_select_the_lines() {
    var first = run();
    append(
        first,
        LogLine.info("a", "🎯 Need 7 keys"),
        LogLine.warn("b", "⚠️ Slow <key>"),
        LogLine.error("c", "❌ Broken"));
    var second = run();
    append(second, LogLine.info("a", "Another run"));
    var browser = app.browser(app.admin());

    assertThat(lines(browser.get("/log").page()))
        .containsExactly("🎯 Need 7 keys", "⚠️ Slow <key>", "❌ Broken", "Another run");
    assertThat(lines(browser.get("/log?level=warn").page()))
        .containsExactly("⚠️ Slow <key>", "❌ Broken");
    assertThat(lines(browser.get("/log?q=need+7").page())).containsExactly("🎯 Need 7 keys");
    assertThat(lines(browser.get("/log?run=2").page())).containsExactly("Another run");
    assertThat(browser.get("/log?stream=" + first).page().selectFirst("input[name=run]").val())
        .isEqualTo("1");
    assertThat(lines(browser.get("/log?run=" + first + "&level=error").page()))
        .containsExactly("❌ Broken");
    assertThat(browser.get("/log?run=77").text())
        .contains("There is no run “77”.", "No line matches.");
    assertThat(browser.get("/log?run=x%3Cb%3E").body()).doesNotContain("x<b>");
    assertThat(browser.get("/log").page().select("a[href=/runs/" + first + "]").first().text())
        .isEqualTo("Run 1");
  }

  @Test
  void one_recovery_can_be_looked_at_by_itself_and_stays_so_when_filtered() {
    var recovery = app.ids.next();
    app.db.runTx(tx -> log.open(tx, recovery, app.workspace(), StreamKind.RECOVERY));
    append(recovery, LogLine.info("a", "Tested"), LogLine.warn("b", "Still failed"));
    append(run(), 1, 2);
    var page = app.browser(app.admin()).get("/log?stream=" + recovery).page();
    assertThat(lines(page)).containsExactly("Tested", "Still failed");
    assertThat(page.selectFirst("input[name=run]").val()).isEmpty();
    assertThat(page.selectFirst("input[name=stream]").val()).isEqualTo(recovery.toString());
    assertThat(page.select(".log-of a").attr("href")).isEqualTo("/recovery/" + recovery);
    assertThat(page.selectFirst("[data-poll]").attr("hx-get")).contains("stream=" + recovery);
  }

  private static List<String> lines(org.jsoup.nodes.Document page) {
    return page.select(".log-text").eachText();
  }

  @Test
  void an_empty_log_says_so_and_another_workspace_sees_nothing_of_this_one() {
    var browser = app.browser(app.admin());
    assertThat(browser.get("/log").text()).contains("No entries yet.");
    var run = run();
    append(run, 1, 3);
    var stranger = UUID.randomUUID();
    assertThat(browser.get("/log/streams/" + stranger + "/lines?after=0").status()).isEqualTo(404);
    assertThat(browser.get("/log/streams/" + run + "/lines?after=x").status()).isEqualTo(404);
    assertThat(browser.get("/log/lines?after=nonsense").status()).isEqualTo(404);
    assertThat(browser.get("/log?before=nonsense").status()).isEqualTo(404);
    assertThat(app.browser().get("/log").status()).isIn(302, 303);
  }

  @Test
  void the_download_has_the_lines_that_the_filters_let_through() {
    var run = run();
    append(run, LogLine.info("a", "One"), LogLine.warn("b", "Two"));
    var browser = app.browser(app.member("viewer@example.org", Role.VIEWER));
    var answer = browser.get("/log.txt?level=warn");
    assertThat(answer.body()).isEqualTo("2026-03-10T14:25:36.500Z WARN Run 1: Two\n");
    assertThat(answer.header("Content-Type")).hasValue("text/plain;charset=utf-8");
    assertThat(answer.header("Content-Disposition"))
        .hasValueSatisfying(value -> assertThat(value).contains("attachment", "keywheel-log.txt"));
  }

  @Test
  void earlier_lines_of_everything_are_a_page_before() {
    var run = run();
    for (int i = 0; i < 5; i++) {
      append(run, i * 90 + 1, i * 90 + 90);
    }
    var browser = app.browser(app.admin());
    var newest = browser.get("/log?q=line").page();
    assertThat(lines(newest)).isEqualTo(numbered(251, 450));
    var before = browser.get(newest.select(".log-earlier a").attr("href")).page();
    assertThat(lines(before)).isEqualTo(numbered(51, 250));
    var first = browser.get(before.select(".log-earlier a").attr("href")).page();
    assertThat(lines(first)).isEqualTo(numbered(1, 50));
    assertThat(first.select(".log-earlier a")).isEmpty();
    assertThat(first.select("[data-poll]")).isEmpty();
  }

  @Test
  void a_running_log_grows_without_gap_or_repeat_and_stops_when_the_run_has_ended() {
    var run = run();
    append(run, 1, 3);
    var page = open("/one/" + run, Look.DESKTOP);
    assertThat(page.getByRole(AriaRole.LOG, named("Execution log"))).isVisible();
    for (int i = 4; i <= 40; i++) {
      append(run, i, i);
    }
    assertThat(page.locator(".log-line")).hasCount(40);
    append(run, 41, 700);
    end(run);
    assertThat(page.locator("#log-tail")).hasText("Complete: 700 lines");
    assertThat(texts(page)).isEqualTo(numbered(1, 700));
    assertThat(page.locator("[data-poll]")).hasCount(0);
    assertThat(page.evaluate("document.querySelector('[data-log-box]').scrollTop > 100"))
        .isEqualTo(true);
  }

  @Test
  void a_reader_who_scrolled_up_stays_there_and_sees_the_number_of_new_lines() {
    var run = run();
    append(run, 1, 50);
    var page = open("/one/" + run, Look.DESKTOP);
    page.evaluate("document.querySelector('[data-log-box]').scrollTop = 0");
    append(run, 51, 62);
    var jump = page.getByRole(AriaRole.BUTTON, named("12 new lines ↓"));
    assertThat(jump).isVisible();
    assertThat(page.evaluate("document.querySelector('[data-log-box]').scrollTop")).isEqualTo(0);
    jump.click();
    assertThat(jump).isHidden();
    assertThat(page.locator("#l62")).isInViewport();
    append(run, 63, 63);
    assertThat(page.locator("#l63")).isInViewport();
  }

  @Test
  void a_held_log_takes_nothing_until_it_goes_on() {
    var run = run();
    append(run, 1, 3);
    var page = open("/one/" + run, Look.DESKTOP);
    var polls = new ArrayList<String>();
    page.getByRole(AriaRole.BUTTON, named("Pause")).click();
    page.onRequest(request -> polls.add(request.url()));
    append(run, 4, 5);
    page.waitForCondition(
        () -> page.evaluate("performance.now()") instanceof Number n && n.doubleValue() > 3_500);
    assertThat(texts(page)).isEqualTo(numbered(1, 3));
    assertThat(polls).isEmpty();
    page.getByRole(AriaRole.BUTTON, named("Resume")).click();
    assertThat(page.locator(".log-line")).hasCount(5);
    assertThat(texts(page)).isEqualTo(numbered(1, 5));
  }

  @Test
  void earlier_lines_of_one_run_come_above_and_the_eye_stays() {
    var run = run();
    append(run, 1, 700);
    var page = open("/one/" + run, Look.DESKTOP);
    assertThat(texts(page)).isEqualTo(numbered(651, 700));
    page.evaluate("document.querySelector('[data-log-box]').scrollTop = 0");
    page.getByRole(AriaRole.LINK, named("Earlier lines")).click();
    assertThat(page.locator(".log-line")).hasCount(550);
    assertThat(page.locator("#l651")).isInViewport();
    page.evaluate("document.querySelector('[data-log-box]').scrollTop = 0");
    page.getByRole(AriaRole.LINK, named("Earlier lines")).click();
    assertThat(page.locator(".log-line")).hasCount(700);
    assertThat(texts(page)).isEqualTo(numbered(1, 700));
    assertThat(page.locator("#log-earlier")).isHidden();
    var linked = open("/one/" + run + "#l660", Look.DESKTOP);
    assertThat(linked.locator("#l660:target")).isInViewport();
  }

  @Test
  void the_log_of_everything_follows_runs_that_start_later() {
    var page = open("/log", Look.DESKTOP);
    assertThat(page.getByText("No entries yet.")).isVisible();
    var run = run();
    append(run, 1, 2);
    assertThat(page.locator(".log-line")).hasCount(2);
    assertThat(page.getByText("No entries yet.")).isHidden();
    append(run(), 3, 3);
    assertThat(page.locator(".log-line")).hasCount(3);
    assertThat(texts(page)).isEqualTo(numbered(1, 3));
    assertThat(page.getByRole(AriaRole.LINK, named("Run 2"))).isVisible();
  }

  @Test
  void without_scripts_the_page_loads_itself_again_and_the_filters_work() {
    var run = run();
    append(run, LogLine.info("a", "One"), LogLine.warn("b", "Two"));
    var page = open("/log", Look.DESKTOP.withoutJavaScript());
    page.getByLabel("Level").selectOption("warn");
    page.getByRole(AriaRole.BUTTON, named("Apply")).click();
    assertThat(texts(page)).containsExactly("Two");
    assertThat(page.content()).contains("http-equiv=\"refresh\"");
  }

  @Test
  void it_is_a_good_page_in_every_look() {
    var run = run();
    append(
        run,
        LogLine.info("a", "🎯 Need 7 keys for Round-Robin distribution across all operations"),
        LogLine.info("a", "🔄 Executing Meta & Toc Generator with key: key1@gmail.com (#1)"),
        LogLine.warn("b", "⚠️ Error in Tool Generator with key key2@gmail.com: 429 daily limit"),
        LogLine.error("c", "⏳ " + "averylongwordwithoutanyspace".repeat(12)));
    append(run, 5, 40);
    for (var path :
        List.of("/log", "/log?q=a%00b", "/log?q=Need&level=warn", "/log?run=9", "/one/" + run)) {
      var page = open(path, Look.DESKTOP);
      PageChecks.assertGood(page, "log-" + path.replaceAll("[0-9a-f-]{30,}|\\W", ""));
    }
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }
}

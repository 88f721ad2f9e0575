package dev.keywheel.web.log;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.keywheel.web.log.LogApp.named;
import static dev.keywheel.web.log.LogApp.numbered;
import static dev.keywheel.web.log.LogApp.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.log.LogLine;
import dev.keywheel.log.StreamKind;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The log over all runs and recoveries. */
@Tag("full")
class LogPagesTest {
  @RegisterExtension final Chromium chromium = new Chromium();

  private final LogApp logs = new LogApp();

  @AfterEach
  void close() {
    logs.close();
  }

  private Page open(String path, Look look) {
    return logs.open(chromium, path, look);
  }

  @Test
  void a_separator_with_date_and_zone_marks_the_change_of_day_in_the_zone_of_the_user() {
    var run = logs.startRun();
    for (var text : List.of("a", "b", "c")) {
      logs.append(run, LogLine.info("a", text));
      logs.clock.tick(Duration.ofHours(5));
    }
    var browser = logs.app.browser(logs.app.admin());
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
            "Tuesday 10 Mar 2026, Asia/Shanghai (UTC+8)",
            "22:25:36 a",
            "Wednesday 11 Mar 2026, Asia/Shanghai (UTC+8)",
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
  void a_page_that_follows_a_search_continues_after_many_lines_that_do_not_match() {
    var run = logs.startRun();
    var browser = logs.app.browser(logs.app.admin());
    var poll = browser.get("/log?q=needle").page().select("#log-tail").attr("hx-get");
    logs.append(run, 1, 20_000);
    logs.append(run, LogLine.info("a", "a needle"));

    var none = browser.get(poll).page();
    var found = browser.get(none.select("#log-tail").attr("hx-get")).page();

    assertThat(lines(none)).isEmpty();
    assertThat(lines(found)).containsExactly("a needle");
  }

  @Test
  void filters_are_in_the_address_and_select_the_lines() {
    var first = logs.startRun();
    logs.append(
        first,
        LogLine.info("a", "🎯 Need 7 keys"),
        LogLine.warn("b", "⚠️ Slow <key>"),
        LogLine.error("c", "❌ Broken"));
    var second = logs.startRun();
    logs.append(second, LogLine.info("a", "Another run"));
    var browser = logs.app.browser(logs.app.admin());

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
    assertThat(browser.get("/log?q=broken").page().select("a.log-run").outerHtml())
        .contains("href=\"/runs/" + first + "#l3\"", ">Run 1<");
  }

  @Test
  void the_log_of_one_recovery_stays_selected_when_filtered() {
    var recovery = logs.app.ids.next();
    logs.app.db.runTx(tx -> logs.log.open(tx, recovery, logs.app.workspace(), StreamKind.RECOVERY));
    logs.append(recovery, LogLine.info("a", "Tested"), LogLine.warn("b", "Still failed"));
    logs.append(logs.startRun(), 1, 2);
    var page = logs.app.browser(logs.app.admin()).get("/log?stream=" + recovery).page();
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
  void an_empty_log_says_so_and_unknown_streams_and_malformed_cursors_are_not_found() {
    var browser = logs.app.browser(logs.app.admin());
    assertThat(browser.get("/log").text()).contains("No entries yet.");
    var run = logs.startRun();
    logs.append(run, 1, 3);
    var unknown = UUID.randomUUID();
    assertThat(browser.get("/log/streams/" + unknown + "/lines?after=0").status()).isEqualTo(404);
    assertThat(browser.get("/log/streams/" + run + "/lines?after=x").status()).isEqualTo(404);
    assertThat(browser.get("/log/lines?after=nonsense").status()).isEqualTo(404);
    assertThat(browser.get("/log?before=nonsense").status()).isEqualTo(404);
    assertThat(logs.app.browser().get("/log").status()).isIn(302, 303);
  }

  @Test
  void a_key_in_the_field_for_a_run_is_removed_from_the_address() {
    var answer =
        logs.app.browser(logs.app.admin()).get("/log?run=sk-test-0123456789abcd3333&level=warn");
    assertThat(answer.status()).isEqualTo(303);
    assertThat(answer.location()).isEqualTo("/log?level=warn");
  }

  @Test
  void the_download_contains_the_filtered_lines() {
    var run = logs.startRun();
    logs.append(run, LogLine.info("a", "One"), LogLine.warn("b", "Two"));
    var browser = logs.app.browser(logs.app.member("viewer@example.org", Role.VIEWER));
    var answer = browser.get("/log.txt?level=warn");
    assertThat(answer.body()).isEqualTo("2026-03-10T14:25:36.500Z WARN Run 1: Two\n");
    assertThat(answer.header("Content-Type")).hasValue("text/plain;charset=utf-8");
    assertThat(answer.header("Content-Disposition"))
        .hasValueSatisfying(value -> assertThat(value).contains("attachment", "keywheel-log.txt"));
  }

  @Test
  void a_download_without_the_oldest_lines_says_so() {
    var run = logs.startRun();
    logs.append(run, 1, 10_000);
    var browser = logs.app.browser(logs.app.admin());
    assertThat(browser.get("/log.txt").body().lines()).hasSize(10_000);
    logs.append(run, 10_001, 10_001);
    assertThat(browser.get("/log.txt").body())
        .startsWith("Only the newest 10,000 lines. Older lines are on the page Log.\n")
        .doesNotContain(": line 1\n")
        .endsWith(": line 10001\n");
  }

  @Test
  void earlier_lines_of_the_whole_log_are_on_the_previous_page() {
    var run = logs.startRun();
    for (int i = 0; i < 5; i++) {
      logs.append(run, i * 90 + 1, i * 90 + 90);
    }
    var browser = logs.app.browser(logs.app.admin());
    var newest = browser.get("/log?q=line").page();
    assertThat(lines(newest)).isEqualTo(numbered(251, 450));
    var added = newest.select("#log-earlier-link").attr("hx-get");
    var none = browser.get(added.replace("q=line", "q=nothing")).page();
    assertThat(none.select("hx-partial[hx-target=#log-none]").text()).isEqualTo("No line matches.");
    var before = browser.get(newest.select(".log-earlier a").attr("href")).page();
    assertThat(lines(before)).isEqualTo(numbered(51, 250));
    var first = browser.get(before.select(".log-earlier a").attr("href")).page();
    assertThat(lines(first)).isEqualTo(numbered(1, 50));
    assertThat(first.select(".log-earlier a")).isEmpty();
    assertThat(first.select("[data-poll]")).isEmpty();
  }

  @Test
  void earlier_lines_of_the_whole_log_are_added_above_those_shown_and_the_view_stays() {
    var run = logs.startRun();
    for (int i = 0; i < 5; i++) {
      logs.append(run, i * 90 + 1, i * 90 + 90);
    }
    var page = open("/log", Look.DESKTOP);
    var earlier = page.getByRole(AriaRole.LINK, named("Earlier lines"));
    page.evaluate("document.querySelector('[data-log-box]').scrollTop = 0");
    earlier.click();
    assertThat(page.locator(".log-line")).hasCount(400);
    assertThat(page.locator("#l" + run + "-251")).isInViewport();
    assertThat(earlier).isFocused();
    earlier.press("Enter");
    assertThat(page.locator(".log-line")).hasCount(450);
    assertThat(texts(page)).isEqualTo(numbered(1, 450));
    assertThat(page.locator(".log-day")).hasCount(1);
    assertThat(earlier).isHidden();
    assertThat(page.getByRole(AriaRole.LOG, named("Execution log"))).isFocused();
    logs.append(run, 451, 452);
    Polls.now(page);
    assertThat(page.locator(".log-line")).hasCount(452);
    assertThat(texts(page)).isEqualTo(numbered(1, 452));
  }

  @Test
  void the_whole_log_follows_runs_that_start_later() {
    var page = open("/log", Look.DESKTOP);
    assertThat(page.getByText("No entries yet.")).isVisible();
    var run = logs.startRun();
    logs.append(run, 1, 2);
    assertThat(page.locator(".log-line")).hasCount(2);
    assertThat(page.getByText("No entries yet.")).isHidden();
    logs.append(logs.startRun(), 3, 3);
    assertThat(page.locator(".log-line")).hasCount(3);
    assertThat(texts(page)).isEqualTo(numbered(1, 3));
    assertThat(page.getByRole(AriaRole.LINK, named("Run 2"))).isVisible();
  }

  @Test
  void without_javascript_the_page_reloads_automatically_and_the_filters_work() {
    var run = logs.startRun();
    logs.append(run, LogLine.info("a", "One"), LogLine.warn("b", "Two"));
    var page = open("/log", Look.DESKTOP.withoutJavaScript());
    page.getByLabel("Level").selectOption("warn");
    page.getByRole(AriaRole.BUTTON, named("Apply")).click();
    assertThat(texts(page)).containsExactly("Two");
    assertThat(page.content()).contains("http-equiv=\"refresh\"");
  }

  @Test
  void the_log_is_valid_and_accessible_in_every_theme_and_width() {
    var run = logs.startRun();
    logs.append(
        run,
        LogLine.info("a", "🎯 Need 7 keys for Round-Robin distribution across all operations"),
        LogLine.info("a", "🔄 Executing Meta & Toc Generator with key: key1@gmail.com (#1)"),
        LogLine.warn("b", "⚠️ Error in Tool Generator with key key2@gmail.com: 429 daily limit"),
        LogLine.error("c", "⏳ " + "averylongwordwithoutanyspace".repeat(12)));
    logs.append(run, 5, 40);
    for (var path :
        List.of("/log", "/log?q=a%00b", "/log?q=Need&level=warn", "/log?run=9", "/one/" + run)) {
      var page = open(path, Look.DESKTOP);
      PageChecks.assertGood(page, "log-" + path.replaceAll("[0-9a-f-]{30,}|\\W", ""));
    }
  }
}

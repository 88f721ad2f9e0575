package dev.keywheel.web.dashboard;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.db.Json;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.people.identity.Role;
import dev.keywheel.run.RunState;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.WebApp;
import dev.keywheel.usage.LastDay;
import dev.keywheel.usage.UsageTotals;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The first page with nothing, little and much on it, and how it keeps itself current. */
class DashboardPageTest {
  @RegisterExtension final Chromium chromium = new Chromium();
  private final List<RunRow> runs = new ArrayList<>();
  private final List<ArticleRow> articles = new ArrayList<>();
  private final DashboardSite site = new DashboardSite(runs, articles);
  private final TestClock clock = site.clock;
  private final WebApp app = site.app;
  private final HttpBrowser browser = app.browser(app.admin());

  @AfterEach
  void stop() {
    site.close();
  }

  @Test
  void an_empty_pool_shows_what_to_do() {
    var page = browser.get("/").page();
    assertThat(page.text()).contains("Add your first keys", "Add keys");
    assertThat(page.select(".strip")).isEmpty();
    var viewer = app.browser(app.member("eve@example.org", Role.VIEWER)).get("/").page();
    assertThat(viewer.select("a[href=/keys/new]")).isEmpty();
  }

  @Test
  void a_broken_audit_log_is_an_alert() {
    assertThat(browser.get("/").text()).doesNotContain("audit log does not match");
    site.auditBroken = true;
    var page = browser.get("/").page();
    assertThat(page.text()).contains("The audit log does not match its signatures");
    assertThat(page.select("main a[href=/settings/audit]").text()).isEqualTo("Open audit log");
  }

  @Test
  void background_jobs_that_keep_failing_are_an_alert() {
    assertThat(browser.get("/").text()).doesNotContain("background job");
    site.failingJobs = 1;
    assertThat(browser.get("/").text()).contains("1 background job keeps failing");
    site.failingJobs = 2;
    assertThat(browser.get("/").text()).contains("2 background jobs keep failing");
  }

  @Test
  void the_last_day_is_a_line_for_each_pool_and_figures_of_all_with_the_numbers_as_text() {
    add(9);
    site.addSamples(1);
    site.lastDay =
        new LastDay(
            Map.of("openrouter", hours(1_000, 0, 250), "sandbox", hours(0, 0, 5)),
            new UsageTotals(1_255, 1_000, 250, 5, 9_000, 1_000, new BigDecimal("0.25"), 0));
    var page = browser.get("/").page();
    var line = page.select("#pool-openrouter .sparkline");
    assertThat(line.select("title").text())
        .startsWith("Calls in each of the last 24 hours: 0, 0, ")
        .endsWith(" 1,000, 0, 250");
    assertThat(line.select("path").eachAttr("d").getFirst()).isEqualTo("M129 20v-20M141 20v-5");
    assertThat(line.select(".spark-none").attr("d")).endsWith("M123 20v-1M135 20v-1");
    assertThat(page.select(".day-figures > div").eachText())
        .containsExactly(
            "Calls 1,255",
            "Success 80 %",
            "Tokens 10,000",
            "Cost $0.2500",
            page.select(".day-line").text());
    assertThat(page.select(".day-line svg title").text()).endsWith(" 1,000, 0, 255");
    assertThat(page.select("section:has(.day-figures) a").attr("href"))
        .isEqualTo("/usage?period=24h");
  }

  private static List<Long> hours(long... last) {
    var hours = new ArrayList<Long>(Collections.nCopies(24 - last.length, 0L));
    LongStream.of(last).forEach(hours::add);
    return hours;
  }

  @Test
  void the_violated_rule_is_named_with_its_numbers() {
    add(9);
    assertThat(live())
        .contains("Perfect", "9 active keys (7 needed)", "1 run before", "Up to 2 keys can fail");
    site.become(KeyStatus.RATE_LIMITED, 3);
    assertThat(live()).contains("Sufficient", "6 active keys (minimum 5)", "All 6 keys are used");
    site.become(KeyStatus.FAILED, 3);
    assertThat(live())
        .contains(
            "Recovery first",
            "3 active keys (minimum 5)",
            "tests 6 limited or failed keys",
            "Replace 3 failed keys");
    site.become(KeyStatus.DISABLED, 9);
    assertThat(live()).contains("No keys", "A run would wait");
  }

  @Test
  void the_remaining_daily_quota_counts_each_account_once_and_only_values_of_today() {
    var ids = add(4);
    facts(ids.get(0), "shared", 40);
    facts(ids.get(1), "shared", 40);
    facts(ids.get(2), "other", 1_414);
    assertThat(live()).contains("1,454 in 2 accounts, about 161 runs; 1 unknown");
    clock.tick(java.time.Duration.ofHours(7));
    assertThat(live()).contains("54 in 2 accounts");
    clock.tick(java.time.Duration.ofHours(4));
    var tomorrow = app.browser(app.admin());
    assertThat(tomorrow.get("/").text()).contains("Unknown: no active key has been tested today");
  }

  @Test
  void the_next_key_is_under_the_pointer_and_in_the_list() {
    add(9);
    site.give(2);
    var page = browser.get("/").page();
    assertThat(page.select("figcaption a").text()).isEqualTo("key3");
    assertThat(page.select("#wheel-twin tbody th").eachText())
        .containsExactly("key3", "key4", "key5", "key6", "key7", "key8", "key9", "key1", "key2");
    assertThat(page.select(".wheel-mark text").eachText())
        .containsExactly("1", "2", "3", "4", "5", "6", "7");
    assertThat(page.select(".wheel").attr("aria-hidden")).isEqualTo("true");
    assertThat(page.select("#wheel-twin tbody td:nth-child(4)").eachText())
        .containsExactly("1", "2", "3", "4", "5", "6", "7", "–", "–");
  }

  @Test
  void a_page_that_is_still_true_is_not_sent_again() {
    add(9);
    var version = browser.get("/").page().select("#live").attr("hx-ptag");
    var ask = "/dashboard/live?pool=openrouter";
    assertThat(browser.get(ask, "HX-Request", "true", "HX-PTag", version).status()).isEqualTo(304);
    site.give(1);
    var changed = browser.get(ask, "HX-Request", "true", "HX-PTag", version);
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.header("HX-PTag")).isPresent().isNotEqualTo(java.util.Optional.of(version));
    assertThat(changed.body()).doesNotContain("<html", "<nav class=\"nav\"");
  }

  @Test
  void a_name_with_markup_is_text() {
    app.db.runTx(
        tx ->
            site.keys.add(
                tx,
                site.pool("openrouter"),
                List.of(
                    new NewKey(
                        "<img src=x onerror=alert(1)>", Secret.of("sk-or-v1-markup-secret"))),
                "test",
                null));
    runs.add(run(1, "<script>alert(1)</script>", RunState.RUNNING));
    var page = browser.get("/").page();
    assertThat(page.select("img, main script")).isEmpty();
    assertThat(page.text()).contains("<img src=x onerror=alert(1)>", "<script>alert(1)</script>");
  }

  @Test
  void the_page_is_valid_and_accessible_empty_with_few_and_with_many_rows() {
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    check(page, "empty");
    add(13);
    site.become(KeyStatus.RATE_LIMITED, 3);
    site.become(KeyStatus.FAILED, 1);
    site.become(KeyStatus.DISABLED, 1);
    site.addSamples(12);
    runs.add(run(318, "How to choose a heat pump for a terraced house", RunState.RUNNING));
    runs.add(run(317, "Averyverylongwordthathasnoplacetobreak".repeat(6), RunState.WAITING_KEYS));
    articles.add(article("Compound interest, explained with your own numbers", RunState.COMPLETED));
    articles.add(article("الفائدة المركبة للمدخرين الجدد", RunState.COMPLETED_WITH_GAPS));
    check(page, "little");
    IntStream.range(0, 4).forEach(i -> site.add("more" + i + "-", 200));
    check(page, "much");
  }

  private void check(Page page, String name) {
    page.navigate(app.url() + "/");
    if (page.locator("#wheel-twin").count() == 1) {
      page.locator("#wheel-twin summary").click();
    }
    PageChecks.assertGood(page, "dashboard-" + name);
  }

  @Test
  void a_pool_of_any_size_has_its_wheel() {
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    int there = 0;
    for (int all : List.of(1, 6, 7, 60)) {
      site.add("to" + all + "-", all - there);
      there = all;
      page.navigate(app.url() + "/");
      assertThat(page.locator(".wheel-card svg .wheel-mark").count()).isEqualTo(all);
      PageChecks.assertNoSidewaysScroll(page);
      PageChecks.assertValidHtml(page);
      if (Boolean.getBoolean("keywheel.shots")) {
        Chromium.shot(page, "dashboard-keys-" + all);
      }
    }
  }

  @Test
  void a_starving_pool_comes_first_in_red_with_its_runs_and_a_button_that_helps() {
    add(9);
    site.become(KeyStatus.RATE_LIMITED, 7);
    site.become(KeyStatus.FAILED, 2);
    site.become(KeyStatus.DISABLED, 1);
    site.addSamples(12);
    runs.add(run(2, "Bread", RunState.WAITING_KEYS));
    runs.add(run(3, "Cheese", RunState.RUNNING));
    var page = browser.get("/").page();
    var rows = page.select(".pool-table tbody tr");
    assertThat(rows.eachAttr("id")).containsExactly("pool-openrouter", "pool-sandbox");
    var starving = rows.getFirst();
    assertThat(starving.hasClass("tone-bad") && starving.hasClass("is-starving")).isTrue();
    assertThat(starving.select(".pool-runs").text()).isEqualTo("Run 2 Bread");
    assertThat(starving.select("td.number").eachText()).containsExactly("0", "6", "2", "1");
    assertThat(starving.select("[data-label=Covers]").text()).isEqualTo("None");
    assertThat(starving.select("button, a.button").eachText())
        .containsExactly("Test 8 keys", "Enable 1 key");
    assertThat(starving.select("form:has(.primary)").attr("action")).isEqualTo("/recovery");
    assertThat(starving.select("form:has(.primary) [name=provider]").val()).isEqualTo("openrouter");
    var good = rows.getLast();
    assertThat(good.hasClass("tone-ok")).isTrue();
    assertThat(good.select("[data-label=State]").text()).isEqualTo("Perfect");
    assertThat(good.select("[data-label=Covers]").text()).isEqualTo("1 run");
    assertThat(good.select("button, a.button")).isEmpty();
    assertThat(page.select("#pool").text()).isEqualTo("OpenRouter pool");
    var viewer = app.browser(app.member("eve@example.org", Role.VIEWER)).get("/").page();
    assertThat(viewer.select(".pool-table button, .pool-table .button")).isEmpty();
  }

  @Test
  void a_pool_below_its_minimum_comes_first_in_red_and_says_that_runs_go_on() {
    add(3);
    site.addSamples(12);
    var rows = browser.get("/").page().select(".pool-table tbody tr");
    assertThat(rows.eachAttr("id")).containsExactly("pool-openrouter", "pool-sandbox");
    assertThat(rows.getFirst().hasClass("is-starving")).isTrue();
    assertThat(rows.getFirst().select("[data-label=State]").text()).isEqualTo("Below minimum");
    assertThat(rows.getFirst().select("[data-label=Covers]").text())
        .isEqualTo("1 run, keys shared");
    assertThat(rows.getFirst().select("a.button").text()).isEqualTo("Add keys");
  }

  @Test
  void the_button_that_helps_is_within_the_window_of_a_tablet() {
    add(3);
    site.become(KeyStatus.FAILED, 2);
    site.addSamples(12);
    var page = app.open(chromium, Look.TABLET, app.admin());
    page.navigate(app.url() + "/");
    var button = page.locator("#pool-openrouter .button.primary");
    var box = Objects.requireNonNull(button.boundingBox());
    assertThat(box.x + box.width).isLessThanOrEqualTo(Look.TABLET.width());
  }

  @Test
  void a_run_that_waits_for_a_pool_without_keys_is_shown_with_a_way_to_add_some() {
    runs.add(run(2, "Bread", RunState.WAITING_KEYS));
    var page = browser.get("/").page();
    assertThat(page.select(".pool-table tbody tr").eachAttr("id"))
        .containsExactly("pool-openrouter");
    assertThat(page.select(".pool-table .button").attr("href"))
        .isEqualTo("/keys/new?provider=openrouter");
    assertThat(page.select(".wheel, .welcome")).isEmpty();
  }

  @Test
  void a_pool_whose_keys_are_all_disabled_is_unused_while_another_works() {
    add(3);
    site.become(KeyStatus.DISABLED, 3);
    var alone = browser.get("/").page().select("#pool-openrouter");
    assertThat(alone.hasClass("tone-bad")).isTrue();
    assertThat(alone.select("button").text()).isEqualTo("Enable 3 keys");
    assertThat(alone.select("[name=view]").val())
        .isEqualTo("/keys?status=disabled&provider=openrouter");
    site.addSamples(1);
    var page = browser.get("/").page();
    assertThat(page.select(".pool-table tbody tr").eachAttr("id"))
        .containsExactly("pool-sandbox", "pool-openrouter");
    assertThat(page.select("#pool-openrouter").hasClass("tone-off")).isTrue();
  }

  @Test
  void the_next_check_of_a_pool_is_the_first_of_its_keys() {
    var ids = add(3);
    site.become(KeyStatus.FAILED, 2);
    site.due(ids.get(1), clock.instant().plusSeconds(7_200));
    site.due(ids.get(2), clock.instant().plusSeconds(3_600));
    var cell = browser.get("/").page().select("#pool-openrouter [data-label=Next check]");
    assertThat(cell.text()).isEqualTo("in 1 h");
  }

  @Test
  void a_pause_does_not_hide_that_a_pool_is_below_its_minimum() {
    add(3);
    site.addSamples(12);
    site.pause();
    var page = browser.get("/").page();
    var rows = page.select(".pool-table tbody tr");
    assertThat(rows.eachAttr("id")).containsExactly("pool-openrouter", "pool-sandbox");
    assertThat(rows.getFirst().hasClass("tone-bad")).isTrue();
    assertThat(rows.getFirst().select("[data-label=State]").text())
        .isEqualTo("Below minimum, paused");
    assertThat(page.select("#pool").text()).isEqualTo("OpenRouter pool");
    assertThat(rows.getFirst().select(".cell-actions").text())
        .as("more keys would not help")
        .isEmpty();
  }

  @Test
  void a_paused_pool_is_not_perfect_and_the_alert_names_it() {
    add(9);
    site.pause();
    var page = browser.get("/").page();
    assertThat(page.select("#pool-openrouter [data-label=State]").text()).isEqualTo("Paused");
    assertThat(page.select("#pool-openrouter [data-label=Next check]").text())
        .isEqualTo("in 10 min");
    assertThat(page.select(".notice").text())
        .isEqualTo("OpenRouter is paused. The provider is down. View tests");
    assertThat(page.select("#pool-openrouter .cell-actions").text())
        .as("more keys would not help")
        .isEmpty();
    assertThat(page.select("[aria-labelledby=next-run]").text())
        .startsWith("Next run Paused 9 active keys")
        .contains("waits until the pause ends", "Lasts Enough for 1 run")
        .doesNotContain("Perfect");
  }

  @Test
  void the_wheel_turns_by_itself_when_keys_are_given() {
    add(9);
    var page = app.open(chromium, Look.DESKTOP.withMotion(), app.admin());
    page.navigate(app.url() + "/");
    assertThat(page.locator("figcaption").innerText()).contains("key1");
    page.locator("#wheel-twin summary").click();
    site.give(3);
    page.locator("figcaption a")
        .filter(new com.microsoft.playwright.Locator.FilterOptions().setHasText("key4"))
        .waitFor();
    assertThat(page.locator("#wheel-twin table").isVisible())
        .as("what was opened stays open")
        .isTrue();
    assertThat(page.locator("#wheel-twin tbody th").first().innerText()).isEqualTo("key4");
  }

  @Test
  void the_pool_of_another_provider_is_one_link_away() {
    add(9);
    site.addSamples(5);
    var page = browser.get("/").page();
    assertThat(page.select(".segments a").eachText()).containsExactly("OpenRouter", "Sandbox");
    assertThat(browser.get("/?pool=sandbox").page().select("figcaption a").text())
        .isEqualTo("sample1");
    assertThat(browser.get("/?pool=nowhere").page().select("figcaption a").text())
        .isEqualTo("key1");
  }

  private String live() {
    return browser.get("/").text();
  }

  private List<UUID> add(int n) {
    return site.add("key", n);
  }

  private void facts(UUID id, String account, int left) {
    app.db.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.ACCOUNT, account)
                .set(API_KEYS.ACCOUNT_SOURCE, "learnt")
                .set(API_KEYS.FACTS, Json.jsonb(Map.of("freeDailyRemaining", left)))
                .set(API_KEYS.LAST_TESTED_AT, clock.instant())
                .where(API_KEYS.ID.eq(id))
                .execute());
  }

  private RunRow run(long number, String topic, RunState state) {
    return new RunRow(
        app.ids.next(),
        number,
        app.ids.next(),
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

  private ArticleRow article(String title, RunState state) {
    return new ArticleRow(
        app.ids.next(),
        title,
        title,
        false,
        true,
        2_431,
        88,
        false,
        state == RunState.COMPLETED_WITH_GAPS,
        app.ids.next(),
        state,
        clock.instant(),
        clock.instant());
  }
}

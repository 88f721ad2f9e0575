package dev.keywheel.web.dashboard;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.MEMBERS;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.db.Json;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.people.audit.AuditFinding;
import dev.keywheel.people.identity.Role;
import dev.keywheel.run.RunState;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.WebApp;
import dev.keywheel.usage.LastDay;
import dev.keywheel.usage.UsageTotals;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The dashboard with no, few and many objects, and its updates. */
@Tag("full")
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
  void a_pool_whose_keys_are_all_deleted_leads_to_the_trash() {
    site.addSamples(2);
    app.db.runTx(
        tx -> tx.dsl().update(API_KEYS).set(API_KEYS.DELETED_AT, clock.instant()).execute());
    var page = browser.get("/").page();
    assertThat(page.select("main a[href=/keys/trash]").text()).isEqualTo("Open trash");
    assertThat(page.text())
        .contains("All 2 keys are in the trash", "runs wait and the gateway refuses requests")
        .doesNotContain("Add your first keys");
  }

  @Test
  void a_broken_audit_log_is_an_alert() {
    assertThat(browser.get("/").text()).doesNotContain("audit log does not match");
    site.auditStatus =
        DashboardSite.auditStatus(true, new AuditFinding(AuditFinding.Kind.CHANGED, 1, 1));
    var page = browser.get("/").page();
    assertThat(page.text()).contains("The audit log does not match its signatures");
    assertThat(page.select("main a[href=/settings/audit]").text()).isEqualTo("Open audit log");
    var operator = app.browser(app.member("olga@example.org", Role.OPERATOR)).get("/");
    assertThat(operator.text()).contains("The audit log does not match its signatures");
    assertThat(operator.page().select("main a[href=/settings/audit]")).isEmpty();
  }

  @Test
  void a_broken_audit_log_of_the_instance_is_an_alert_for_instance_administrators() {
    site.instanceAuditStatus =
        DashboardSite.auditStatus(true, new AuditFinding(AuditFinding.Kind.CHANGED, 1, 1));
    var page = browser.get("/").page();
    assertThat(page.text())
        .contains("The instance's audit log does not match its signatures")
        .doesNotContain("The audit log does not match");
    assertThat(page.select("main a[href=/settings/audit?log=instance]").text())
        .isEqualTo("Open audit log");
    var member = app.browser(app.member("eve@example.org", Role.ADMIN));
    assertThat(member.get("/").text()).doesNotContain("does not match its signatures");
    app.db.runTx(tx -> tx.dsl().update(MEMBERS).set(MEMBERS.ROLE, Role.VIEWER.code()).execute());
    assertThat(browser.get("/").page().select("main .notice").outerHtml())
        .contains("The instance's audit log does not match its signatures")
        .doesNotContain("/settings/audit");
  }

  @Test
  void an_audit_log_that_is_no_longer_verified_is_an_alert() {
    assertThat(browser.get("/").text()).doesNotContain("no longer verified");
    site.auditStatus = DashboardSite.auditStatus(true);
    assertThat(browser.get("/").text()).contains("The audit log is no longer verified");
  }

  @Test
  void the_requests_of_the_gateway_are_listed_by_outcome_and_add_up() {
    add(1);
    assertThat(dashboardText())
        .contains("2 in flight. Last 24 hours: 30 answered, 5 refused, 1 failed, 4 client gone.");
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
  void the_last_day_has_a_chart_for_each_pool_and_totals_with_the_numbers_as_text() {
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
  void the_state_of_the_next_run_is_named_with_its_numbers() {
    add(9);
    assertThat(dashboardText())
        .contains("Perfect", "9 active keys (7 needed)", "1 run before", "Up to 2 keys can fail")
        .contains("The next run gets 7 keys. No keys are tested first.");
    site.setStatus(KeyStatus.RATE_LIMITED, 3);
    assertThat(dashboardText())
        .contains("Sufficient", "6 active keys (minimum 5)", "The next run shares 6 keys.");
    site.setStatus(KeyStatus.FAILED, 3);
    assertThat(dashboardText())
        .contains(
            "Recovery first",
            "3 active keys (minimum 5)",
            "tests 6 limited or failed keys",
            "Replace 3 failed keys");
    site.setStatus(KeyStatus.DISABLED, 9);
    assertThat(dashboardText()).contains("No keys", "A run would wait", "None: no key is active");
  }

  @Test
  void the_remaining_daily_quota_counts_each_account_once_and_only_values_of_today() {
    var ids = add(4);
    setFacts(ids.get(0), "shared", 40);
    setFacts(ids.get(1), "shared", 40);
    setFacts(ids.get(2), "other", 1_414);
    assertThat(dashboardText()).contains("About 161 runs: 1,454 requests in 2 accounts, 1 unknown");
    clock.tick(java.time.Duration.ofHours(7));
    assertThat(dashboardText()).contains("1,454 requests in 2 accounts");
    clock.tick(java.time.Duration.ofHours(4));
    var tomorrow = app.browser(app.admin());
    assertThat(tomorrow.get("/").text()).contains("Unknown: no active key has been tested today");
  }

  @Test
  void the_next_key_is_at_the_pointer_and_in_the_list() {
    add(9);
    site.assign(2);
    var page = browser.get("/").page();
    assertThat(page.select("figcaption a").text()).isEqualTo("key3");
    assertThat(page.select("#wheel-table tbody th").eachText())
        .containsExactly("key3", "key4", "key5", "key6", "key7", "key8", "key9", "key1", "key2");
    assertThat(page.select(".wheel-mark text").eachText())
        .containsExactly("1", "2", "3", "4", "5", "6", "7");
    assertThat(page.select(".wheel").attr("aria-hidden")).isEqualTo("true");
    assertThat(page.select("#wheel-table tbody td:nth-child(4)").eachText())
        .containsExactly("1", "2", "3", "4", "5", "6", "7", "–", "–");
  }

  @Test
  void an_unchanged_page_is_not_sent_again() {
    add(9);
    var version = browser.get("/").page().select("#live").attr("hx-ptag");
    var url = "/dashboard/live?pool=openrouter";
    assertThat(browser.get(url, "HX-Request", "true", "HX-PTag", version).status()).isEqualTo(304);
    site.assign(1);
    var changed = browser.get(url, "HX-Request", "true", "HX-PTag", version);
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.header("HX-PTag")).isPresent().isNotEqualTo(java.util.Optional.of(version));
    assertThat(changed.body()).doesNotContain("<html", "<nav class=\"nav\"");
  }

  @Test
  void a_name_with_markup_is_text() {
    app.db.runTx(
        tx ->
            site.testKeys.add(
                tx,
                site.pool("openrouter"),
                List.of(
                    new NewKey(
                        "<img src=x onerror=alert(1)>", Secret.of("sk-or-v1-markup-secret")))));
    assertThat(browser.get("/").page().select("noscript meta[http-equiv=refresh]")).isEmpty();
    runs.add(site.run(1, "<script>alert(1)</script>", RunState.RUNNING));
    var page = browser.get("/").page();
    assertThat(page.select("noscript meta[http-equiv=refresh]")).hasSize(1);
    assertThat(page.select("img, main script")).isEmpty();
    assertThat(page.text()).contains("<img src=x onerror=alert(1)>", "<script>alert(1)</script>");
  }

  @Test
  void the_page_is_valid_and_accessible_empty_with_few_and_with_many_rows() {
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    check(page, "empty");
    add(13);
    site.setStatus(KeyStatus.RATE_LIMITED, 3);
    site.setStatus(KeyStatus.FAILED, 1);
    site.setStatus(KeyStatus.DISABLED, 1);
    site.addSamples(12);
    runs.add(site.run(318, "How to choose a heat pump for a terraced house", RunState.RUNNING));
    runs.add(
        site.run(317, "Averyverylongwordthathasnoplacetobreak".repeat(6), RunState.WAITING_KEYS));
    articles.add(article("Compound interest, explained with your own numbers", RunState.COMPLETED));
    articles.add(article("الفائدة المركبة للمدخرين الجدد", RunState.COMPLETED_WITH_GAPS));
    check(page, "little");
    IntStream.range(0, 4).forEach(i -> site.add("more" + i + "-", 200));
    check(page, "much");
  }

  private void check(Page page, String name) {
    page.navigate(app.url() + "/");
    if (page.locator("#wheel-table").count() == 1) {
      page.locator("#wheel-table summary").click();
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
  void the_wheel_turns_when_keys_are_assigned() {
    add(9);
    var page = app.open(chromium, Look.DESKTOP.withMotion(), app.admin());
    page.navigate(app.url() + "/");
    assertThat(page.locator("figcaption").innerText()).contains("key1");
    page.locator("#wheel-table summary").click();
    site.assign(3);
    Polls.now(page);
    page.locator("figcaption a")
        .filter(new com.microsoft.playwright.Locator.FilterOptions().setHasText("key4"))
        .waitFor();
    assertThat(page.locator("#wheel-table table").isVisible())
        .as("opened parts stay open")
        .isTrue();
    assertThat(page.locator("#wheel-table tbody th").first().innerText()).isEqualTo("key4");
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

  private String dashboardText() {
    return browser.get("/").text();
  }

  private List<UUID> add(int n) {
    return site.add("key", n);
  }

  private void setFacts(UUID id, String account, int left) {
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
        clock.instant());
  }
}

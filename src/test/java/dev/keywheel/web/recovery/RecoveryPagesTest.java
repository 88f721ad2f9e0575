package dev.keywheel.web.recovery;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.edit.KeyTrash;
import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.search.KeyHistory;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.people.identity.Role;
import dev.keywheel.recovery.batch.RecoveryFixture;
import dev.keywheel.recovery.store.RecoveryHistory;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.support.Await;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.keys.KeyRoutes;
import dev.keywheel.web.server.Screen;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("full")
class RecoveryPagesTest {
  private static final String BUTTON = "Test all limited and failed keys";

  @RegisterExtension final Chromium chromium = new Chromium();
  private final RecoveryFixture fixture = RecoveryFixture.withoutWorkspace();
  private final RecoveryFixture.Node node = fixture.node("one");
  private final WebApp app =
      WebApp.start(fixture.database, fixture.clock, parts -> List.of(recovery(parts), keys(parts)));

  private Screen recovery(WebApp parts) {
    return new RecoveryRoutes(
        parts.web,
        node.recovery(),
        new RecoveryHistory(fixture.database),
        fixture.keys,
        fixture.clock);
  }

  private Screen keys(WebApp parts) {
    return new KeyRoutes(
        parts.web,
        fixture.keys,
        new KeyList(fixture.database),
        new KeyTrash(fixture.database),
        new KeyCommands(fixture.database, parts.audit, node.jobs(), fixture.ids, fixture.clock),
        new KeyImport(
            fixture.database, fixture.vault, parts.audit, node.jobs(), fixture.ids, fixture.clock),
        new KeyHistory(fixture.database),
        node.recovery(),
        new RecoveryHistory(fixture.database),
        fixture.providers(),
        fixture.settings,
        fixture.clock,
        parts.signIn,
        Optional.empty());
  }

  RecoveryPagesTest() {
    fixture.moveTo(app.workspace());
    fixture.set(new RecoverySettings(1_000, 120)); // longer than the screenshots take
  }

  @AfterEach
  void close() throws Exception {
    app.close();
    fixture.close();
  }

  @Test
  void an_empty_page_explains_recovery_and_the_button_says_that_there_is_nothing_to_test() {
    var page = open(Look.DESKTOP);
    assertThat(page.getByText("No tests yet")).isVisible();
    button(page).click();
    assertThat(page.getByRole(AriaRole.STATUS).getByText("No keys are rate limited or failed"))
        .isVisible();
    PageChecks.assertGoodPage(page);
  }

  @Test
  void the_recovery_page_is_updated_live_until_the_batch_ends() {
    addKeys();
    fixture.upstream.hold();
    var page = open(Look.DESKTOP);
    assertThat(page.getByText("15 rate-limited keys and 8 failed keys can be tested.")).isVisible();
    button(page).click();

    assertThat(page.locator(".batch h2")).hasText("Testing 23 OpenRouter keys");
    assertThat(page.locator(".batch h2")).isFocused();
    assertThat(page.getByText("0 of 23 tested")).isVisible();
    assertThat(page.getByRole(AriaRole.PROGRESSBAR)).hasAttribute("max", "23");
    assertThat(page.locator("#live-poll")).hasAttribute("hx-get", "/recovery/live");
    Await.until("all are being checked", () -> fixture.upstream.open() == 23);
    PageChecks.assertGood(open(Look.DESKTOP), "recovery-running");

    fixture.upstream.release();
    var outcome = page.locator("section.batch");
    Polls.untilText(outcome, "23 of 23 tested");
    assertThat(outcome).containsText("12 recovered");
    assertThat(outcome).containsText("7 still rate limited");
    assertThat(outcome).containsText("4 still failing");
    assertThat(page.getByText("Testing 23")).hasCount(0);
    assertThat(page.locator("#live-poll")).hasAttribute("hx-trigger", "every 5s");
    PageChecks.assertGood(open(Look.DESKTOP), "recovery-history");
  }

  @Test
  void the_page_of_a_batch_stops_polling_when_the_batch_has_ended() {
    fixture.limited("limited@example.org", "ok");
    fixture.upstream.hold();
    var batch = node.recovery().requestTestsOfUnusable(app.admin()).getFirst().recoveryId();
    var page = chromiumPage(Look.DESKTOP);
    page.navigate(app.url() + "/recovery/" + batch);
    var poll = page.locator("#live-poll");
    assertThat(poll).hasAttribute("hx-get", Pattern.compile("/recovery/" + batch + "/live.*"));
    fixture.upstream.release();
    Polls.until(page, () -> page.getByText("1 of 1 tested").isVisible());
    assertThat(poll).not().hasAttribute("hx-get", Pattern.compile(".*"));
  }

  @Test
  void a_scheduled_check_is_shown_on_a_page_that_was_open_before_it_began() {
    fixture.limited("limited@example.org", "ok");
    fixture.upstream.hold();
    var page = open(Look.DESKTOP);
    assertThat(page.getByText("No tests yet")).isVisible();
    fixture.clock.tick(Duration.ofMinutes(11)); // the limit ends
    Await.until("the key is being checked", () -> fixture.upstream.open() == 1);
    Polls.now(page);
    var batch = page.locator("section.batch");
    assertThat(batch.locator("h2")).hasText("Testing 1 OpenRouter key");
    assertThat(batch).containsText("Scheduled check");
    fixture.upstream.release();
    Polls.untilText(batch, "1 recovered");
  }

  @Test
  void an_older_page_keeps_its_batches_while_a_test_runs() {
    fixture.limited("limited@example.org", "spent");
    runBatch();
    fixture.clock.tick(Duration.ofMinutes(1));
    runBatch();
    var newest = new RecoveryHistory(fixture.database).ended(app.workspace(), null, 1).getFirst();
    fixture.clock.tick(Duration.ofMinutes(1));
    fixture.upstream.hold();
    node.recovery().requestTestsOfUnusable(app.admin());
    var page = chromiumPage(Look.DESKTOP);
    page.navigate(app.url() + "/recovery?before=" + newest.startedAt() + "_" + newest.id());
    var batch = page.getByText("Testing 1 OpenRouter key");
    assertThat(batch).isVisible();
    fixture.upstream.release();
    Polls.until(page, () -> batch.count() == 0);
    assertThat(page.getByRole(AriaRole.HEADING, named("Earlier batches"))).isVisible();
    assertThat(page.locator("table.history tbody tr")).hasCount(1);
    assertThat(page.locator("#live-poll")).not().hasAttribute("hx-get", Pattern.compile(".*"));
  }

  @Test
  void the_test_of_a_single_key_takes_one_line_of_the_history() {
    fixture.failed("failed@example.org", "bad");
    fixture.clock.tick(Duration.ofMinutes(1));
    runBatch();
    runBatch();
    var row = open(Look.DESKTOP).locator("table.history tbody tr").last();
    assertThat(row.locator(".outcome")).hasText("1 still failing");
    assertThat(row.boundingBox().height).isLessThan(48);
  }

  @Test
  void a_batch_has_a_page_that_links_to_the_keys_of_each_result() {
    addKeys();
    runBatch();
    var page = open(Look.DESKTOP);
    page.locator("table.history tbody a").first().click();
    assertThat(page.getByRole(AriaRole.HEADING, level(1)))
        .containsText("Test of 23 OpenRouter keys");
    assertThat(page.locator("table.tests tbody tr")).hasCount(23);
    link(page, "Still failing (4)").click();
    assertThat(page.locator("table.tests tbody tr")).hasCount(4);
    page.locator("table.tests details summary").first().click();
    assertThat(page.getByText("HTTP 401").first()).isVisible();
    PageChecks.assertGood(page, "recovery-batch");
  }

  @Test
  void the_failed_keys_of_a_batch_are_selected_even_if_they_have_changed_since() {
    addKeys();
    runBatch();
    var other = fixture.failed("failed-later@example.org", "bad");
    var page = open(Look.DESKTOP);
    page.locator("table.history tbody a").first().click();
    link(page, "Select keys still failing (4)").click();
    var rows = page.locator("#keys-live tbody tr");
    assertThat(rows).hasCount(4);
    assertThat(page.locator("#selected-count")).hasText("4 keys selected");
    assertThat(page.locator("#narrowed")).containsText("Still failing in the test of");
    assertThat(page.locator("#row-" + other)).hasCount(0);

    var healed = rows.first().getAttribute("id").replace("row-", "");
    fixture.markActive(UUID.fromString(healed));
    page.reload();
    assertThat(page.locator("#narrowed")).containsText("1 of these 4 keys has changed since.");
    assertThat(rows).hasCount(4);
    PageChecks.assertGood(page, "recovery-selected");
    page.getByRole(AriaRole.BUTTON, named("Disable")).click();
    assertThat(page.getByText("4 keys disabled.")).isVisible();
    assertThat(page.locator("#selected-count")).hasText("4 keys selected");
    link(page, "Remove this filter").click();
    assertThat(rows).hasCount(24);
  }

  @Test
  void a_running_batch_can_be_cancelled() {
    fixture.limited("slow", "hang");
    var page = open(Look.DESKTOP);
    button(page).click();
    page.getByRole(AriaRole.BUTTON, named("Cancel")).click();
    assertThat(page.getByText("Test stopped. Results so far are kept.")).isVisible();
    assertThat(page.getByText("Cancelled by " + WebApp.EMAIL)).isVisible();
    Await.until("the check is aborted", () -> fixture.upstream.open() == 0);
  }

  @Test
  void the_focus_stays_on_the_page_when_an_update_removes_the_focused_button() {
    addKeys();
    fixture.upstream.hold();
    var page = open(Look.DESKTOP);
    button(page).click();
    var cancel = page.getByRole(AriaRole.BUTTON, named("Cancel"));
    cancel.focus();
    fixture.upstream.release();
    assertThat(cancel).isHidden();
    assertThat(page.locator("section:focus")).hasCount(1);
  }

  @Test
  void after_an_inconclusive_batch_the_page_shows_that_the_pool_is_paused() {
    for (int i = 1; i <= 4; i++) {
      fixture.limited("key" + i, "html");
    }
    var idle = open(Look.DESKTOP);
    runBatch();
    Polls.now(idle);
    assertThat(idle.getByText(Pattern.compile("OpenRouter is paused until"))).isVisible();
    var page = open(Look.DESKTOP);
    assertThat(page.getByText("Last test: 4 OpenRouter keys")).hasAttribute("aria-live", "polite");
    assertThat(page.getByText("Inconclusive").first()).isVisible();
    Chromium.shot(page, "recovery-inconclusive");
    PageChecks.assertGoodPage(page);
  }

  @Test
  void the_recovery_page_works_without_javascript() {
    addKeys();
    fixture.upstream.hold();
    var page = open(Look.DESKTOP.withoutJavaScript());
    button(page).click();
    assertThat(page.getByText("0 of 23 tested")).isVisible();
    assertThat(page.content()).contains("http-equiv=\"refresh\" content=\"3\"");
    fixture.upstream.release();
    assertThat(page.locator("table.history tbody tr")).containsText("12 recovered");
    assertThat(page.getByText("23 of 23 tested")).isVisible();
    assertThat(page.content()).doesNotContain("http-equiv=\"refresh\"");

    fixture.upstream.hold();
    button(page).click();
    page.getByRole(AriaRole.BUTTON, named("Cancel")).click();
    assertThat(page.getByText("Test stopped. Results so far are kept.")).isVisible();
    assertThat(page.locator(".batch-numbers")).containsText("11 not tested");
  }

  @Test
  void two_hundred_concurrent_clicks_start_one_batch() throws Exception {
    addKeys();
    fixture.upstream.hold();
    var browser = app.browser(app.admin());
    var token = browser.token();
    var server = URI.create(app.url());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var presses =
          IntStream.range(0, 200)
              .mapToObj(i -> browser.at(server))
              .map(one -> threads.submit(() -> one.post("/recovery", List.of(), token)))
              .toList();
      for (var press : presses) {
        assertThat(press.get().location()).startsWith("/recovery?batch=");
      }
    }
    fixture.upstream.release();
    var history = new RecoveryHistory(fixture.database);
    Await.until("the batch is over", () -> history.running(app.workspace()).isEmpty());
    assertThat(history.ended(app.workspace(), null, 10)).hasSize(1);
    assertThat(fixture.upstream.checks()).isEqualTo(23);
  }

  @Test
  void a_batch_of_a_thousand_keys_is_shown_in_parts() {
    fixture.manyFailed(1_000, "key", "ok");
    fixture.upstream.hold();
    var browser = app.browser(app.admin());
    var batch = node.recovery().requestTestsOfUnusable(app.admin()).getFirst().recoveryId();
    var now = browser.get("/recovery").page();
    assertThat(now.select("table.tests tbody tr")).hasSize(50);
    assertThat(now.text()).contains("The newest 50 of 1,000 OpenRouter keys.", "0 of 1,000 tested");
    var first = browser.get("/recovery/" + batch).page();
    var names = first.select("table.tests tbody tr").eachText();
    assertThat(names).hasSize(100);
    var second = browser.get(first.select("a[rel=next]").attr("href")).page();
    assertThat(second.select("table.tests tbody tr").eachText())
        .hasSize(100)
        .doesNotContainAnyElementsOf(names);
    browser.post("/recovery/" + batch + "/cancellation");
    assertThat(browser.get("/recovery").page().text()).contains("1,000 not tested");
  }

  @Test
  void a_viewer_is_offered_no_action_and_is_refused() {
    addKeys();
    var viewer = app.member("vic@example.org", Role.VIEWER);
    var page = app.open(chromium, Look.DESKTOP, viewer);
    page.navigate(app.url() + "/recovery");
    assertThat(page.getByRole(AriaRole.HEADING, level(1))).containsText("Recovery");
    assertThat(button(page)).hasCount(0);
    assertThat(app.browser(viewer).post("/recovery").status()).isEqualTo(403);
    assertThat(fixture.upstream.checks()).isZero();
  }

  /** Adds 15 limited keys, of which 8 recover, and 8 failed keys, of which 4 recover. */
  private void addKeys() {
    for (int i = 1; i <= 15; i++) {
      fixture.limited("limited" + i + "@example.org", i <= 8 ? "ok" : "spent");
    }
    for (int i = 1; i <= 8; i++) {
      fixture.failed("failed" + i + "@example.org", i <= 4 ? "ok" : "bad");
    }
    fixture.clock.tick(Duration.ofMinutes(1));
  }

  private void runBatch() {
    node.recovery().requestTestsOfUnusable(app.admin());
    var history = new RecoveryHistory(fixture.database);
    Await.until("the batch is over", () -> history.running(app.workspace()).isEmpty());
  }

  private Page open(Look look) {
    var page = chromiumPage(look);
    page.navigate(app.url() + "/recovery");
    return page;
  }

  private Page chromiumPage(Look look) {
    return app.open(chromium, look, app.admin());
  }

  private static com.microsoft.playwright.Locator button(Page page) {
    return page.getByRole(AriaRole.BUTTON, named(BUTTON));
  }

  private static com.microsoft.playwright.Locator link(Page page, String name) {
    return page.getByRole(AriaRole.LINK, named(name));
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }

  private static Page.GetByRoleOptions level(int level) {
    return new Page.GetByRoleOptions().setLevel(level);
  }
}

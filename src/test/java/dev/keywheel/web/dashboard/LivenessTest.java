package dev.keywheel.web.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a polled page shows whether its data is current. */
@Tag("full")
class LivenessTest {
  private static final String POLL = "**/dashboard/live**";
  private static final double TIMEOUT_MILLIS = 60_000;
  private static final long STEP_MILLIS = 250;

  @RegisterExtension final Chromium chromium = new Chromium();
  private final DashboardSite site = new DashboardSite(List.of(), List.of());

  @AfterEach
  void stop() {
    site.close();
  }

  private Page open() {
    chromium.tolerate("503|Failed to fetch|ERR_FAILED");
    site.add("key", 9);
    var page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.clock().install();
    page.navigate(site.app.url() + "/");
    assertThat(page.locator(".live-sign")).hasText(Pattern.compile("Live, updated .*"));
    return page;
  }

  @Test
  void a_server_whose_database_does_not_answer_turns_the_indicator_amber_and_can_be_retried() {
    var page = open();
    var sign = page.locator(".live-sign");
    page.route(
        POLL,
        route ->
            route.fulfill(
                new Route.FulfillOptions()
                    .setStatus(503)
                    .setContentType("text/plain")
                    .setBody("Keywheel cannot reach its database.")));
    advanceUntil(sign, "Not updating, updated .* ago");
    assertThat(sign).hasAttribute("data-state", "late");
    var banner = page.locator("#problem .banner");
    advanceUntil(
        banner, "Keywheel cannot reach its database\\. What you see may be out of date\\.");
    advanceUntil(banner.locator("[data-countdown]"), "^Trying again in \\d+ s\\.$");
    PageChecks.assertGood(page, "dashboard-late");
    pause(page);
    advanceUntil(banner.locator("[data-countdown]"), "^Trying again in \\d+ s\\.$");
    page.unroute(POLL);
    retry(page).click();
    advanceUntil(sign, "^Live, updated .*");
    assertThat(banner).isHidden();
  }

  @Test
  void a_proxy_that_answers_404_while_the_server_starts_does_not_end_the_updates() {
    chromium.tolerate("404");
    var page = open();
    page.route(
        POLL,
        route ->
            route.fulfill(
                new Route.FulfillOptions()
                    .setStatus(404)
                    .setContentType("text/html")
                    .setBody("<h1>404 page not found</h1>")));
    advanceUntil(page.locator("#problem .banner"), "The last update failed with status 404\\.");
    page.unroute(POLL);
    retry(page).click();
    advanceUntil(page.locator(".live-sign"), "^Live, updated .*");
    assertThat(page.locator("#problem .banner")).isHidden();
  }

  @Test
  void the_countdown_runs_and_the_page_recovers_automatically() {
    var page = open();
    page.route(POLL, Route::abort);
    var countdown = page.locator("[data-countdown]");
    advanceUntil(page.locator("#problem"), "No connection to Keywheel\\.");
    for (var seconds : List.of("4", "3", "2")) {
      advanceUntil(countdown, "^Trying again in " + seconds + " s\\.$");
    }
    page.unroute(POLL);
    advanceUntil(page.locator(".live-sign"), "^Live, updated .*");
    assertThat(page.locator("#problem .banner")).isHidden();
  }

  @Test
  void a_banner_that_was_closed_stays_closed_while_the_reason_is_the_same() {
    var page = open();
    page.route(POLL, Route::abort);
    advanceUntil(page.locator("#problem .banner"), "Retry now");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Close")).click();
    var requests = new java.util.concurrent.atomic.AtomicInteger();
    page.onRequest(
        request -> {
          if (request.url().contains("/dashboard/live")) {
            requests.incrementAndGet();
          }
        });
    advanceUntil(page, () -> requests.get() > 0);
    assertThat(page.locator("#problem .banner")).isHidden();
    assertThat(page.locator(".live-sign")).hasAttribute("data-state", "late");
  }

  @Test
  void the_message_of_a_later_problem_also_counts_down_until_the_page_is_live_again() {
    var page = open();
    page.route(POLL, Route::abort);
    advanceUntil(page.locator("#problem .banner"), "Retry now");
    page.evaluate("keywheel.showProblem('Keywheel did not answer.')");
    var banner = page.locator("#problem .banner");
    assertThat(banner).containsText("Keywheel did not answer.");
    pause(page);
    advanceUntil(banner.locator("[data-countdown]"), "^Trying again in \\d+ s\\.$");
    page.unroute(POLL);
    retry(page).click();
    advanceUntil(page.locator(".live-sign"), "^Live, updated .*");
    assertThat(banner).hasText("Keywheel did not answer.Close");
  }

  /**
   * After this call time passes only in {@link #advanceUntil}, so that the page does not retry by
   * itself.
   */
  private static void pause(Page page) {
    page.clock().pauseAt(((Number) page.evaluate("Date.now()")).longValue() + 60_000);
  }

  private static Locator retry(Page page) {
    return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Retry now"));
  }

  private static void advanceUntil(Locator place, String regex) {
    var shown = place.filter(new Locator.FilterOptions().setHasText(Pattern.compile(regex)));
    advanceUntil(place.page(), () -> shown.count() > 0);
  }

  /**
   * Advances the clock of the page, not that of the test, until its polls and timers have met the
   * condition.
   */
  private static void advanceUntil(Page page, BooleanSupplier condition) {
    page.waitForCondition(
        () -> {
          page.clock().runFor(STEP_MILLIS);
          return condition.getAsBoolean();
        },
        new Page.WaitForConditionOptions().setTimeout(TIMEOUT_MILLIS));
  }
}

package dev.keywheel.web.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a polled page shows that its data is, or is no longer, current. */
class LivenessTest {
  private static final String POLL = "**/dashboard/live**";
  private static final double PATIENCE = 60_000;

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
    assertThat(sign).hasText(Pattern.compile("Not updating, updated .* ago"), patiently());
    assertThat(sign).hasAttribute("data-state", "late");
    var banner = page.locator("#problem .banner");
    assertThat(banner)
        .containsText(
            "Keywheel cannot reach its database. What you see may be out of date.", inBanner());
    assertThat(banner.locator("[data-countdown]"))
        .hasText(Pattern.compile("Trying again in \\d+ s\\."), patiently());
    PageChecks.assertGood(page, "dashboard-late");
    page.unroute(POLL);
    retry(page).click();
    assertThat(sign).hasText(Pattern.compile("Live, updated .*"), patiently());
    assertThat(banner).isHidden();
  }

  @Test
  void the_countdown_ticks_and_the_page_recovers_by_itself() {
    var page = open();
    page.route(POLL, Route::abort);
    var countdown = page.locator("[data-countdown]");
    assertThat(page.locator("#problem")).containsText("No connection to Keywheel.", inBanner());
    for (var seconds : List.of("4", "3", "2")) {
      assertThat(countdown).hasText("Trying again in " + seconds + " s.", patiently());
    }
    page.unroute(POLL);
    assertThat(page.locator(".live-sign"))
        .hasText(Pattern.compile("Live, updated .*"), patiently());
    assertThat(page.locator("#problem .banner")).isHidden();
  }

  @Test
  void a_banner_that_was_closed_stays_closed_while_the_reason_is_the_same() {
    var page = open();
    page.route(POLL, Route::abort);
    retry(page).waitFor(new Locator.WaitForOptions().setTimeout(PATIENCE));
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Close")).click();
    var requests = new java.util.concurrent.atomic.AtomicInteger();
    page.onRequest(
        request -> {
          if (request.url().contains("/dashboard/live")) {
            requests.incrementAndGet();
          }
        });
    page.waitForCondition(() -> requests.get() > 0, within());
    assertThat(page.locator("#problem .banner")).isHidden();
    assertThat(page.locator(".live-sign")).hasAttribute("data-state", "late");
  }

  private static Locator retry(Page page) {
    return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Retry now"));
  }

  private static Page.WaitForConditionOptions within() {
    return new Page.WaitForConditionOptions().setTimeout(PATIENCE);
  }

  private static LocatorAssertions.HasTextOptions patiently() {
    return new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE);
  }

  private static LocatorAssertions.ContainsTextOptions inBanner() {
    return new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE);
  }
}

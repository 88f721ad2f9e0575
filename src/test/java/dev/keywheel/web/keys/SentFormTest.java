package dev.keywheel.web.keys;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HeldRequests;
import dev.keywheel.support.Look;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A form whose answer does not arrive can be sent again. */
@Tag("full")
final class SentFormTest {
  private static final String NEW_NAME = "renamed@example.com";

  @AutoClose private static final KeysSite site = new KeysSite();

  @RegisterExtension final Chromium chromium = new Chromium();
  private final List<Route> held = new ArrayList<>();

  @BeforeAll
  static void start() {
    site.add(1);
  }

  @Test
  void a_form_can_be_sent_again_after_its_request_was_stopped() {
    var page = open();
    page.route("**/keys/*/name", held::add);
    page.route("**/wait-until-sent", held::add);
    // in the page, because Playwright would wait for the pending answer
    page.evaluate(
        """
        () => {
          window.marked = [];
          const count = () => window.marked.push(document.querySelectorAll('form[data-sent]').length);
          navigation.addEventListener('navigateerror', count);
          addEventListener('submit', event => event.defaultPrevented || count()); // after the check of the session
          fetch('/wait-until-sent').then(() => window.stop()); // as the Stop button and Escape do
          setTimeout(() => document.querySelector('form[action$="/name"] button').click());
        }
        """);
    page.waitForCondition(() -> held.size() == 2);
    held.stream()
        .filter(route -> route.request().url().endsWith("/wait-until-sent"))
        .forEach(Route::fulfill);
    page.waitForFunction("() => window.marked.length === 2");

    assertThat(page.evaluate("() => window.marked")).isEqualTo(List.of(1, 0));
  }

  @Test
  void a_form_can_be_sent_again_half_a_minute_later_if_no_answer_opened_a_page() {
    var page = openWithClock();
    press(page);
    page.clock().runFor(25_000);
    assertThat(marked(page)).isOne();

    page.clock().runFor(6_000);

    assertThat(marked(page)).isZero();
  }

  @Test
  void a_form_sent_again_after_a_stop_cannot_be_sent_a_third_time_for_half_a_minute() {
    var page = openWithClock();
    press(page);
    page.clock().runFor(5_000);
    page.evaluate("() => navigation.dispatchEvent(new Event('navigateerror'))");
    assertThat(marked(page)).isZero();
    page.clock().runFor(23_000);
    press(page);

    page.clock().runFor(25_000);
    assertThat(marked(page)).isOne();

    page.clock().runFor(6_000);
    assertThat(marked(page)).isZero();
  }

  /** Time passes only when the test advances the clock. */
  private Page openWithClock() {
    var page = open();
    // a poll in flight exceeds its limit when the clock is moved
    chromium.tolerate("htmx:error: timeout");
    HeldRequests.disableTimeout(page);
    page.clock().pauseAt(System.currentTimeMillis() + 60_000);
    // Playwright would wait for a pending page
    page.evaluate("() => document.addEventListener('submit', event => event.preventDefault())");
    return page;
  }

  private Page open() {
    chromium.tolerate("ERR_ABORTED");
    var page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.clock().install();
    page.navigate(site.app.url() + "/keys/" + site.keys().getFirst().id());
    page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)).fill(NEW_NAME);
    return page;
  }

  private static int marked(Page page) {
    return (int) page.evaluate("() => document.querySelectorAll('form[data-sent]').length");
  }

  /** Presses the button and waits until the form is sent, after the check of the session. */
  private static void press(Page page) {
    page.evaluate("() => document.querySelector('form[action$=\"/name\"] button').click()");
    page.waitForCondition(() -> marked(page) == 1);
  }
}

package dev.keywheel.web.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.run.RunState;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Relative times also show their absolute time to keyboard and touch users. */
@Tag("full")
class TimesTest {
  @RegisterExtension final Chromium chromium = new Chromium();

  private static final String LABELLED =
      """
      () => {
        const tip = document.querySelector('.time-tip');
        const top = tip.getBoundingClientRect().top;
        return [...document.querySelectorAll('.lines time')].some(time =>
          time.title === tip.textContent && Math.abs(top - time.getBoundingClientRect().bottom - 4) < 2);
      }
      """;

  private final List<ArticleRow> articles = new ArrayList<>();
  private final DashboardSite site = new DashboardSite(List.of(), articles);

  @AfterEach
  void stop() {
    site.close();
  }

  private Page open() {
    site.add("key", 9);
    articles.add(article("Bread", site.clock.instant()));
    var page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + "/");
    return page;
  }

  private ArticleRow article(String topic, Instant at) {
    return new ArticleRow(
        site.app.ids.next(),
        topic,
        topic,
        false,
        true,
        2_431,
        88,
        false,
        false,
        site.app.ids.next(),
        RunState.COMPLETED,
        at);
  }

  @Test
  void a_press_and_the_focus_of_its_row_show_the_absolute_time_until_escape() {
    var page = open();
    var tip = page.locator(".time-tip");
    assertThat(tip).isHidden();
    page.locator(".lines time").click();
    assertThat(tip).hasText("10 Mar 2026, 14:25:36 UTC");
    assertThat(tip).isVisible();
    page.keyboard().press("Escape");
    assertThat(tip).isHidden();
    page.locator(".wheel-table summary").last().focus();
    var link = page.locator(".lines a");
    for (int i = 0; i < 20 && !isFocused(link); i++) {
      page.keyboard().press("Tab");
    }
    assertThat(link).isFocused();
    assertThat(tip).isVisible();
    PageChecks.assertAccessible(page);
    page.keyboard().press("Tab");
    assertThat(tip).isHidden();
  }

  @Test
  void the_absolute_time_is_that_of_the_row_above_it_after_a_poll() {
    var page = open();
    page.locator(".lines time").click();
    assertThat(page.locator(".time-tip")).hasText("10 Mar 2026, 14:25:36 UTC");
    articles.addFirst(article("Salt", site.clock.instant().minusSeconds(3_600)));
    Polls.now(page);
    assertThat(page.locator(".lines")).containsText("Salt");
    page.waitForFunction(LABELLED);
  }

  private static boolean isFocused(Locator link) {
    return Boolean.TRUE.equals(link.evaluate("link => link === document.activeElement"));
  }

  @Test
  void the_browser_stores_its_time_zone_in_one_cookie() {
    var page = open();
    var zone = page.evaluate("() => Intl.DateTimeFormat().resolvedOptions().timeZone");
    assertThat(
            page.context().cookies().stream()
                .filter(cookie -> cookie.name.equals("browser-zone"))
                .map(cookie -> cookie.value))
        .containsExactly(String.valueOf(zone));
  }
}

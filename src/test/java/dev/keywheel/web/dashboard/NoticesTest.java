package dev.keywheel.web.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.LayoutShifts;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Notices of the dashboard that appear and disappear while it is open. */
@Tag("full")
class NoticesTest {
  private static final String REJECTED = "Every tested key was rejected with 401.";

  @AutoClose private static final DashboardSite site = new DashboardSite(List.of(), List.of());

  @RegisterExtension final Chromium chromium = new Chromium();

  @BeforeAll
  static void start() {
    site.add("key", 9);
  }

  @BeforeEach
  void removeNotices() {
    site.failingJobs = 0;
    setNotice(null);
  }

  @ParameterizedTest
  @ValueSource(ints = {360, 1280})
  void a_notice_that_appears_and_disappears_moves_nothing(int width) {
    var page = open(width);
    assertThat(notice(page)).hasCount(0);
    double top = top(page);
    var shifts = LayoutShifts.watch(page);
    setNotice(REJECTED);
    Polls.now(page);
    assertThat(notice(page)).containsText(REJECTED);
    assertThat(top(page)).as("the first heading, with the notice").isEqualTo(top);
    setNotice(null);
    Polls.now(page);
    assertThat(notice(page)).hasCount(0);
    assertThat(top(page)).as("the first heading, without it").isEqualTo(top);
    assertThat(shifts.sum()).as("layout shift").isLessThan(0.02);
  }

  @ParameterizedTest
  @ValueSource(ints = {360, 1280})
  void the_place_of_a_notice_that_disappears_is_kept_until_the_page_is_reloaded(int width) {
    setNotice(REJECTED);
    var page = open(width);
    assertThat(notice(page)).isVisible();
    double top = top(page);
    var shifts = LayoutShifts.watch(page);
    setNotice(null);
    Polls.now(page);
    assertThat(notice(page)).hasCount(0);
    assertThat(top(page)).as("the first heading").isEqualTo(top);
    assertThat(shifts.sum()).as("layout shift").isLessThan(0.02);
    page.reload();
    assertThat(top(page)).as("the first heading, loaded again").isLessThan(top);
  }

  @ParameterizedTest
  @ValueSource(ints = {360, 1280})
  void notices_that_do_not_fit_into_their_place_are_all_visible(int width) {
    setNotice(REJECTED);
    var page = open(width);
    assertThat(notice(page)).hasCount(1);
    double top = top(page);
    site.failingJobs = 2;
    setNotice(REJECTED);
    Polls.now(page);
    assertThat(notice(page)).hasCount(2);
    for (var one : notice(page).all()) {
      assertThat(one).isInViewport();
    }
    assertThat(top(page)).as("the first heading").isEqualTo(top);
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Close")).click();
    assertThat(notice(page).first()).isHidden();
    assertThat(top(page)).as("the first heading, closed").isEqualTo(top);
  }

  @Test
  void a_page_with_a_new_notice_is_valid_and_accessible() {
    var page = open(1280);
    setNotice(REJECTED);
    Polls.now(page);
    assertThat(notice(page)).isVisible();
    PageChecks.assertGood(page, "dashboard-notice");
  }

  private static Locator notice(Page page) {
    return page.locator("#notices .notice");
  }

  private Page open(int width) {
    var look = width == 360 ? Look.PHONE : Look.DESKTOP;
    var page = site.app.open(chromium, look, site.app.admin());
    page.setViewportSize(width, 900);
    page.navigate(site.app.url() + "/");
    assertThat(page.locator(".live-sign")).containsText("Live");
    return page;
  }

  private void setNotice(@Nullable String notice) {
    site.clock.tick(Duration.ofSeconds(10));
    site.app.db.runTx(tx -> site.keys.status().setNotice(tx, site.pool("openrouter"), notice));
  }

  private static double top(Page page) {
    return page.locator("#live h2").first().boundingBox().y;
  }
}

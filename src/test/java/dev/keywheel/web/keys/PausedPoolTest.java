package dev.keywheel.web.keys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.LayoutShifts;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import java.time.Instant;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of keys when its pool is paused. */
@Tag("full")
class PausedPoolTest {
  @AutoClose private static final KeysSite site = new KeysSite();

  @RegisterExtension final Chromium chromium = new Chromium();

  @BeforeAll
  static void start() {
    site.add(20);
  }

  /** Needed after a case that failed while the pool was paused. */
  @BeforeEach
  void resume() {
    site.database()
        .runTx(
            tx -> {
              var status = site.pool.status();
              status
                  .findPause(tx, site.id())
                  .ifPresent(pause -> status.resumePool(tx, site.id(), pause.until()));
              status.setNotice(tx, site.id(), null);
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {360, 700, 1280})
  void a_pool_that_is_paused_and_resumed_moves_no_row(int width) {
    var page = site.app.open(chromium, width == 360 ? Look.PHONE : Look.DESKTOP, site.app.admin());
    page.setViewportSize(width, 900);
    page.navigate(site.app.url() + "/keys");
    assertThat(page.locator("[data-poll-sign]")).containsText("Live");
    double top = top(page);
    var shifts = LayoutShifts.watch(page);
    pause();
    Polls.now(page);
    var noted = page.getByRole(AriaRole.BUTTON, named("OpenRouter is paused"));
    assertThat(noted).isVisible();
    assertThat(page.locator("[data-poll-sign]")).isVisible();
    assertThat(top(page)).as("the first row, paused").isEqualTo(top);
    assertThat(shifts.sum()).as("layout shift, paused").isLessThan(0.02);
    var text = page.locator("#pool-notices");
    assertThat(text).isHidden();
    noted.press("Enter");
    assertThat(text).containsText("The provider does not answer. Next try: in");
    assertThat(text).containsText("Every tested key was rejected with 401.");
    PageChecks.assertGoodPage(page);
    page.setViewportSize(width, 900);
    page.keyboard().press("Escape");
    assertThat(text).isHidden();
    resume();
    Polls.now(page);
    assertThat(noted).not().isVisible();
    assertThat(top(page)).as("the first row, resumed").isEqualTo(top);
    assertThat(shifts.sum()).as("layout shift, resumed").isLessThan(0.02);
  }

  @Test
  void a_list_that_is_polled_changes_when_the_time_of_a_pause_is_over() {
    pause();
    var browser = site.app.browser(site.app.admin());
    var live = browser.get("/keys").page().select("#keys-live");
    var poll = live.attr("hx-get");
    String[] known = {"HX-Request", "true", "HX-PTag", live.attr("hx-ptag")};
    assertThat(browser.get(poll, known).status()).isEqualTo(304);

    site.asOwner("update pools set paused_until = now() - interval '1 second', notice = null");

    var over = browser.get(poll, known);
    assertThat(over.status()).isEqualTo(200);
    assertThat(over.page().select("#pool-noted")).isEmpty();
  }

  private static void pause() {
    var pause = Instant.now().plusSeconds(3_600);
    site.database()
        .runTx(
            tx -> {
              var status = site.pool.status();
              status.pausePool(
                  tx,
                  site.id(),
                  new PoolPause(pause, "the provider does not answer", PauseCause.OTHER));
              status.setNotice(tx, site.id(), "Every tested key was rejected with 401.");
            });
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name);
  }

  private static double top(Page page) {
    return page.locator("#bulk tbody tr").first().boundingBox().y;
  }
}

package dev.keywheel.web.log;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.keywheel.web.log.LogApp.named;
import static dev.keywheel.web.log.LogApp.numbered;
import static dev.keywheel.web.log.LogApp.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.log.LogLine;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HeldRequests;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The log of one run, as embedded in its page. */
@Tag("full")
class LogBoxTest {
  @RegisterExtension final Chromium chromium = new Chromium();

  private final LogApp logs = new LogApp();

  @AfterEach
  void close() {
    logs.close();
  }

  private Page open(UUID run, String rest) {
    return logs.open(chromium, "/one/" + run + rest, Look.DESKTOP);
  }

  @Test
  void the_lines_of_a_run_are_searched_on_its_page_while_new_ones_arrive() {
    var run = logs.startRun();
    logs.append(
        run, LogLine.info("a", "alpha"), LogLine.warn("b", "beta"), LogLine.error("c", "gamma"));
    var page = open(run, "");
    page.getByLabel("Problems only").check();
    assertThat(page.locator(".log-line:visible")).hasCount(2);
    page.getByLabel("Search this log").fill("GAM");
    assertThat(page.locator(".log-line:visible")).hasCount(1);
    assertThat(page.locator(".log-found")).hasText("1 of 3 lines");
    logs.append(run, LogLine.error("d", "gamma again"), LogLine.info("e", "gamma calm"));
    Polls.now(page);
    assertThat(page.locator(".log-found")).hasText("2 of 5 lines");
    assertThat(page.locator(".log-line:visible")).hasCount(2);
    PageChecks.captureCopies(page, "copied");
    page.getByText("Copy lines").click();
    assertThat(page.evaluate("() => window.copied")).isEqualTo("gamma\ngamma again");
  }

  @Test
  void a_log_folded_by_step_keeps_its_open_parts_and_the_selected_text() {
    var run = logs.startRun();
    logs.append(
        run,
        LogLine.info("a", "🎯 Need 7 keys"),
        LogLine.info("b", "first of two").withOperation(2));
    var page = open(run, "?log=steps");
    assertThat(page.locator(".log-group[open]")).hasCount(0);
    page.getByText("2 Tool Generator").click();
    page.evaluate(
        "() => getSelection().selectAllChildren(document.querySelector('#log-step-2 .log-text'))");
    logs.append(
        run,
        LogLine.info("c", "second of two").withOperation(2),
        LogLine.warn("d", "of three").withOperation(3));
    Polls.now(page);
    assertThat(page.locator("#log-step-2 .log-text"))
        .hasText(new String[] {"first of two", "second of two"});
    assertThat(page.locator("#log-group-2 summary")).containsText("2 lines");
    assertThat(page.locator("#log-group-3 summary")).containsText("1 line, 1 problem");
    assertThat(page.locator(".log-group[open]")).hasCount(1);
    assertThat(page.evaluate("() => String(getSelection())")).isEqualTo("first of two");
  }

  @Test
  void new_and_earlier_lines_get_their_day_separators_and_none_appears_twice() {
    logs.clock.set(Instant.parse("2026-03-10T23:50:00Z"));
    var run = logs.startRun();
    logs.append(run, 1, 60);
    var page = open(run, "");
    var rules = page.locator(".log-day");
    assertThat(rules).hasText(new String[] {"Tuesday 10 Mar 2026, UTC"});
    page.getByText("Earlier lines").click();
    assertThat(page.locator(".log-line")).hasCount(60);
    assertThat(rules).hasText(new String[] {"Tuesday 10 Mar 2026, UTC"});
    assertThat(page.locator("#log > li").first()).hasClass("log-day");
    logs.clock.tick(Duration.ofMinutes(20));
    logs.append(run, 61, 62);
    Polls.now(page);
    assertThat(page.locator(".log-line")).hasCount(62);
    assertThat(rules)
        .hasText(new String[] {"Tuesday 10 Mar 2026, UTC", "Wednesday 11 Mar 2026, UTC"});
  }

  @Test
  void a_running_log_grows_without_gaps_or_repeats_and_stops_when_the_run_has_ended() {
    var run = logs.startRun();
    logs.append(run, 1, 3);
    var page = open(run, "");
    assertThat(page.getByRole(AriaRole.LOG, named("Execution log"))).isVisible();
    for (int i = 4; i <= 40; i++) {
      logs.append(run, i, i);
    }
    assertThat(page.locator(".log-line")).hasCount(40);
    logs.append(run, 41, 700);
    logs.endRun(run);
    Polls.until(page, () -> page.locator("#l700").count() > 0);
    assertThat(page.locator("#log-tail")).hasText("Complete: 700 lines");
    assertThat(texts(page)).isEqualTo(numbered(1, 700));
    assertThat(page.locator("[data-poll]")).hasCount(0);
    assertThat(page.evaluate("document.querySelector('[data-log-box]').scrollTop > 100"))
        .isEqualTo(true);
  }

  @Test
  void a_reader_who_scrolled_up_stays_there_and_sees_the_number_of_new_lines() {
    var run = logs.startRun();
    logs.append(run, 1, 50);
    var page = open(run, "");
    page.evaluate("document.querySelector('[data-log-box]').scrollTop = 0");
    logs.append(run, 51, 62);
    Polls.now(page);
    var jump = page.getByRole(AriaRole.BUTTON, named("12 new lines ↓"));
    assertThat(jump).isVisible();
    assertThat(page.evaluate("document.querySelector('[data-log-box]').scrollTop")).isEqualTo(0);
    jump.click();
    assertThat(jump).isHidden();
    assertThat(page.locator("#l62")).isInViewport();
    logs.append(run, 63, 63);
    Polls.now(page);
    assertThat(page.locator("#l63")).isInViewport();
  }

  @Test
  void a_paused_log_adds_no_lines_until_it_is_resumed() {
    var run = logs.startRun();
    logs.append(run, 1, 3);
    var page = open(run, "");
    var polls = new ArrayList<String>();
    page.getByRole(AriaRole.BUTTON, named("Pause")).click();
    page.onRequest(request -> polls.add(request.url()));
    logs.append(run, 4, 5);
    page.evaluate("document.addEventListener('htmx:config:request', () => { due = true })");
    Polls.now(page);
    page.waitForCondition(() -> Boolean.TRUE.equals(page.evaluate("window.due")));
    assertThat(texts(page)).isEqualTo(numbered(1, 3));
    assertThat(polls).isEmpty();
    page.getByRole(AriaRole.BUTTON, named("Resume")).click();
    assertThat(page.locator(".log-line")).hasCount(5);
    assertThat(texts(page)).isEqualTo(numbered(1, 5));
  }

  @Test
  void lines_of_a_poll_answered_during_a_pause_are_added_on_resume() {
    var run = logs.startRun();
    logs.append(run, 1, 3);
    var page = open(run, "");
    var poll = new HeldRequests(page, url -> url.contains("/lines?after="));
    Polls.now(page);
    poll.await();
    page.getByRole(AriaRole.BUTTON, named("Pause")).click();
    logs.append(run, 4, 5);
    page.evaluate("document.addEventListener('htmx:finally:request', () => { ended = true })");
    poll.release();
    page.waitForCondition(() -> Boolean.TRUE.equals(page.evaluate("window.ended")));
    assertThat(texts(page)).isEqualTo(numbered(1, 3));
    page.getByRole(AriaRole.BUTTON, named("Resume")).click();
    assertThat(page.locator(".log-line")).hasCount(5);
    assertThat(texts(page)).isEqualTo(numbered(1, 5));
  }

  @Test
  void earlier_lines_of_one_run_are_inserted_above_without_moving_the_view() {
    var run = logs.startRun();
    logs.append(run, 1, 700);
    var page = open(run, "");
    assertThat(texts(page)).isEqualTo(numbered(651, 700));
    page.evaluate("document.querySelector('[data-log-box]').scrollTop = 0");
    page.getByRole(AriaRole.LINK, named("Earlier lines")).click();
    assertThat(page.locator(".log-line")).hasCount(550);
    assertThat(page.locator("#l651")).isInViewport();
    page.evaluate("document.querySelector('[data-log-box]').scrollTop = 0");
    page.getByRole(AriaRole.LINK, named("Earlier lines")).click();
    assertThat(page.locator(".log-line")).hasCount(700);
    assertThat(texts(page)).isEqualTo(numbered(1, 700));
    assertThat(page.locator("#log-earlier")).isHidden();
    var linked = open(run, "#l660");
    assertThat(linked.locator("#l660:target")).isInViewport();
  }

  @Test
  void a_link_to_a_line_before_those_shown_opens_it_with_the_lines_between() {
    var run = logs.startRun();
    logs.append(run, 1, 700);
    var page = open(run, "#l20");
    assertThat(page.locator("#l20:target")).isInViewport();
    assertThat(texts(page)).isEqualTo(numbered(1, 700));
  }

  @Test
  void lines_that_arrive_while_an_earlier_line_is_loaded_leave_no_gap() {
    var run = logs.startRun();
    logs.append(run, 1, 3_400);
    var page = open(run, "");
    var last = new HeldRequests(page, url -> url.contains("/earlier?before=851"));
    page.addInitScript(
        "addEventListener('DOMContentLoaded', () => { htmx.config.defaultTimeout = 0; })");
    page.evaluate("() => { location.hash = '#l400'; location.reload(); }");
    last.await();
    logs.append(run, 3_401, 3_900);
    Polls.now(page);
    assertThat(page.locator("#l3900")).isAttached();
    last.release();
    assertThat(page.locator("#l400:target")).isInViewport();
    assertThat(texts(page)).isEqualTo(numbered(351, 3_900));
  }

  @Test
  void a_log_still_drops_its_first_lines_after_loading_a_linked_line_failed() {
    var run = logs.startRun();
    logs.append(run, 1, 600);
    var page = open(run, "");
    chromium.tolerate("ERR_FAILED.*/earlier");
    page.route(url -> url.contains("/earlier?"), Route::abort);
    page.evaluate("() => { location.hash = '#l20'; location.reload(); }");
    assertThat(page.locator("#problem .banner")).isVisible();
    logs.append(run, 601, 3_700);
    Polls.until(page, () -> page.locator("#l3700").count() > 0); // 500 lines in each answer
    assertThat(page.getByText("Reload to see earlier lines")).isAttached();
  }

  @Test
  void a_linked_line_thousands_of_lines_earlier_or_in_the_whole_log_is_not_loaded() {
    var run = logs.startRun();
    logs.append(run, 1, 3_100);
    for (var path : List.of("/one/" + run + "#l20", "/log#l0")) {
      var page = logs.app.open(chromium, Look.DESKTOP, logs.app.admin());
      var requests = new ArrayList<String>();
      page.onRequest(
          request -> {
            if (request.url().contains("/earlier?")) {
              requests.add(request.url());
            }
          });
      page.navigate(logs.app.url() + path);
      assertThat(page.locator("#log-earlier-link")).isAttached();
      logs.append(run, LogLine.info("test", "new for " + path));
      Polls.now(page);
      assertThat(page.locator(".log-text").last()).hasText("new for " + path);
      assertThat(requests).isEmpty();
    }
  }

  @Test
  void earlier_lines_are_not_announced_but_their_number_is() {
    var run = logs.startRun();
    logs.append(run, 1, 1_200);
    var page = open(run, "");
    page.evaluate(
        """
        () => {
          const box = document.querySelector('[data-log-box]');
          const status = document.querySelector('[data-log-added]');
          window.live = new Set();
          window.words = [];
          new MutationObserver(() => live.add(box.ariaLive)).observe(box.querySelector('#log'), { childList: true });
          new MutationObserver(() => words.push(status.textContent)).observe(status, { childList: true });
        }
        """);
    var earlier = page.getByRole(AriaRole.LINK, named("Earlier lines"));
    earlier.click();
    assertThat(page.locator("[data-log-added]")).hasText("500 earlier lines added");
    assertThat(page.evaluate("() => [...live]")).isEqualTo(List.of("off"));
    earlier.click();
    page.waitForCondition(() -> Integer.valueOf(3).equals(page.evaluate("words.length")));
    assertThat(page.evaluate("() => words"))
        .isEqualTo(List.of("500 earlier lines added", "", "500 earlier lines added"));
    page.evaluate("() => live.clear()");
    logs.append(run, 1_201, 1_201);
    Polls.now(page);
    assertThat(page.locator(".log-line")).hasCount(1_051);
    assertThat(page.evaluate("() => [...live]")).isEqualTo(Collections.singletonList(null));
  }

  @Test
  void lines_that_arrive_while_earlier_ones_are_added_are_not_counted_among_them() {
    var run = logs.startRun();
    logs.append(run, 1, 70);
    var page = open(run, "");
    page.evaluate(
        """
        () => {
          const log = document.getElementById('log');
          const observer = new MutationObserver(() => {
            observer.disconnect();
            log.append(log.lastElementChild.cloneNode(true));
          });
          observer.observe(log, { childList: true });
        }
        """);
    page.getByRole(AriaRole.LINK, named("Earlier lines")).click();
    assertThat(page.locator("[data-log-added]")).hasText("20 earlier lines added");
    assertThat(page.locator(".log-line")).hasCount(71);
  }
}

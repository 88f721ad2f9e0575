package dev.keywheel.web.runs;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.article.view.RunView;
import dev.keywheel.article.view.RunView.AttemptReply;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.provider.Evidence;
import dev.keywheel.recovery.batch.Refusals;
import dev.keywheel.run.RunState;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Gallery;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.TestClock;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("full")
class RunPagesTest {
  private static final PoolPause PAUSE =
      new PoolPause(
          ExampleRuns.NOW.plusSeconds(22), "connection refused", PauseCause.PROVIDER_FAILS);

  /** A shift of one line, in pixels; less than a layout shift of 0.02. */
  private static final double ONE_LINE = 24;

  /** The longest reason for a pause. */
  private static final PoolPause REFUSED =
      new PoolPause(ExampleRuns.NOW.plusSeconds(22), Refusals.EVERY_KEY, PauseCause.PROVIDER_FAILS);

  @AutoClose private static final Gallery gallery = new Gallery();

  @RegisterExtension final Chromium chromium = new Chromium();

  @Test
  void every_state_is_accessible_in_every_theme_and_width() {
    states().forEach(this::assertGood);
  }

  private void assertGood(String name, RunView run) {
    var page = show(Look.DESKTOP, run);
    PageChecks.assertGood(page, "run-" + name);
    page.context().close();
  }

  @Test
  void the_run_state_is_found_by_its_label() {
    var page = show(Look.DESKTOP, ExampleRuns.withGaps(ExampleRuns.TOPIC, 7));
    assertThat(page.getByLabel("Run state")).hasText("Completed with gaps");
    assertThat(page.getByLabel("Run state").count()).isOne();
    assertThat(page.locator("#operation-8")).containsText("Done with a note");
  }

  @Test
  void the_list_of_operations_has_eight_items_with_name_state_and_key() {
    var page = show(Look.DESKTOP, ExampleRuns.running());
    var items =
        page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Operations"))
            .getByRole(AriaRole.LISTITEM);
    assertThat(items.count()).isEqualTo(8);
    assertThat(items.nth(0)).containsText("Meta & Toc Generator");
    assertThat(items.nth(0)).containsText("Done");
    assertThat(items.nth(0)).containsText("key1@gmail.com");
    assertThat(items.nth(7)).containsText("Image Generation");
  }

  @Test
  void the_run_of_one_part_shows_one_operation_and_links_the_article() {
    var page = show(Look.DESKTOP, ExampleRuns.ofPart(RunState.COMPLETED, null));
    var items =
        page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Operations"))
            .getByRole(AriaRole.LISTITEM);
    assertThat(items).hasCount(1);
    assertThat(items).containsText("Section 1 Generator");
    assertThat(page.locator(".run-sentence")).hasText("Section 1 Generator is done.");
    assertThat(page.locator(".run-bar")).hasText("1 of 1");
    assertThat(page.getByText("Open article")).isVisible();
    assertThat(page.locator(".page-note")).containsText("Section 1 Generator only");
  }

  @Test
  void a_run_that_begins_to_wait_moves_no_operation() {
    for (Look look : List.of(Look.DESKTOP, Look.PHONE)) {
      double running = top(show(look, ExampleRuns.running()));
      double waiting = top(show(look, ExampleRuns.waiting()));
      assertThat(waiting).as(look.label()).isEqualTo(running);
      for (var pause : List.of(PAUSE, REFUSED)) {
        var away =
            show(
                look,
                RunProgress.of(
                    ExampleRuns.waiting(), ExampleRuns.NOW, false, pause, ExampleRuns::offer),
                false);
        assertThat(away.locator(".run-sentence")).containsText("Provider unavailable");
        assertThat(top(away))
            .as("%s, %s: one line at most".formatted(pause.reason(), look.label()))
            .isCloseTo(running, within(ONE_LINE));
      }
    }
  }

  @Test
  void the_page_of_an_ended_run_has_no_space_for_a_wait_message() {
    var sentence = show(Look.PHONE, ExampleRuns.completed()).locator(".run-sentence");
    assertThat(sentence).hasText("All eight operations done.");
    assertThat(sentence.boundingBox().height).as("one line").isLessThan(30);
  }

  @Test
  void the_growing_age_of_a_run_moves_nothing_on_a_phone() {
    var page = show(Look.PHONE, ExampleRuns.completed());
    var tops =
        page.evaluate(
            """
            () => {
              const age = document.querySelector('.page-note time');
              const by = age.previousSibling;
              const note = by.textContent;
              const moved = [];
              for (let letters = 0; letters < 50; letters++) {
                by.textContent = note + 'a'.repeat(letters);
                const tops = ['just now', '5 s ago', '10 s ago', '59 min ago'].map(text => {
                  age.textContent = text;
                  return document.querySelector('#operations-title').getBoundingClientRect().top;
                });
                if (new Set(tops).size > 1) moved.push(letters);
              }
              return moved;
            }            """);
    assertThat(tops).as("lengths of the note at which the page moves").isEqualTo(List.of());
  }

  /**
   * Returns the position of the operations, and closes the page, which would poll an address that
   * the gallery does not have.
   */
  private static double top(Page page) {
    double top = page.locator("#operations-title").boundingBox().y;
    page.context().close();
    return top;
  }

  @Test
  void a_gap_is_reported_once_and_not_during_a_retry() {
    var gap = "Section 1 is in German, not in English.";
    var page = show(Look.DESKTOP, ExampleRuns.ofPart(RunState.COMPLETED_WITH_GAPS, gap));
    assertThat(page.getByText(gap)).hasCount(1);
    assertThat(page.locator(".run-gaps li")).hasText(gap);
    var retried = show(Look.DESKTOP, ExampleRuns.ofPart(RunState.RUNNING, gap));
    assertThat(retried.getByLabel("Run state")).hasText("Running");
    assertThat(retried.getByText(gap)).hasCount(0);
  }

  @Test
  void a_queued_run_states_when_it_starts() {
    var queued = progress(ExampleRuns.queued(0));
    assertThat(queued.sentence()).isEqualTo("Starts now.");
    var next = progress(ExampleRuns.queued(1));
    assertThat(next.sentence()).isEqualTo("Starts as soon as a run ends.");
    var later = progress(ExampleRuns.queued(3));
    assertThat(later.sentence()).startsWith("Number 3 in the queue.");
  }

  @Test
  void a_reason_shared_by_seven_operations_is_shown_once_and_not_in_red() {
    var page = show(Look.DESKTOP, ExampleRuns.skipped());
    assertThat(page.getByText("Skipped because the plan failed.")).hasCount(1);
    assertThat(page.locator(".operation-error")).hasCount(1);
  }

  @Test
  void a_call_of_unknown_outcome_explains_its_meaning_and_possible_cost() {
    var page = show(Look.DESKTOP, ExampleRuns.resumed());
    assertThat(page.locator("#operation-5"))
        .containsText(
            "its answer was not received. The provider may have completed it and charged for it."
                + " The model is free, so it cost nothing.");
    assertThat(page.locator("#operation-6")).containsText("may have cost up to $0.0082.");
  }

  @Test
  void the_time_of_a_retried_run_counts_from_its_retry() {
    assertThat(progress(ExampleRuns.running()).duration()).isEqualTo("1 min 2 s");
    assertThat(progress(ExampleRuns.resumed()).duration()).isEqualTo("20.0 s since the retry");
  }

  @Test
  void a_run_says_that_it_was_taken_over_and_that_its_node_is_stopping() {
    var resumed = progress(ExampleRuns.resumed());
    assertThat(resumed.interruption()).startsWith("Resumed 12 s ago, at ");
    assertThat(progress(ExampleRuns.running()).interruption()).isEmpty();
    var stopping =
        RunProgress.of(ExampleRuns.resumed(), ExampleRuns.NOW, true, null, ExampleRuns::offer);
    assertThat(stopping.interruption()).startsWith("This node is stopping. Calls in flight are");
    assertThat(stopping.version()).isNotEqualTo(resumed.version());
    var ended =
        RunProgress.of(ExampleRuns.completed(), ExampleRuns.NOW, true, null, ExampleRuns::offer);
    assertThat(ended.interruption()).isEmpty();
  }

  @Test
  void a_run_that_waits_for_a_provider_says_so_and_does_not_ask_for_keys() {
    var away =
        RunProgress.of(ExampleRuns.waiting(), ExampleRuns.NOW, false, PAUSE, ExampleRuns::offer);
    assertThat(away.waitsForProvider()).isTrue();
    assertThat(away.needsKeys()).isFalse();
    assertThat(away.sentence()).startsWith("Connection refused. Next try in ");
    assertThat(progress(ExampleRuns.waiting()).needsKeys()).isTrue();
    assertThat(progress(ExampleRuns.waiting()).waitsForProvider()).isFalse();
  }

  @Test
  void the_countdown_of_a_waiting_run_stops_at_zero() {
    var waiting = ExampleRuns.waiting();
    var until = Objects.requireNonNull(waiting.waitUntil());
    for (var late : List.of(until.minusMillis(400), until, until.plusSeconds(3))) {
      var progress = RunProgress.of(waiting, late, false, null, ExampleRuns::offer);
      assertThat(progress.sentence())
          .contains("The next try is due now.")
          .doesNotContain("just now", "0 s");
    }
  }

  @Test
  void the_countdown_of_a_waiting_operation_stops_at_zero() {
    var now = ExampleRuns.NOW;
    var waiting = ExampleRuns.waitingForModel();
    assertThat(waitingOperation(waiting, now))
        .startsWith("Waiting for the model. Next try in 5 s, at ")
        .endsWith(". Busy.");
    assertThat(waitingOperation(waiting, now.plusSeconds(8)))
        .isEqualTo("Waiting for the model. The next try is due now. Busy.");
  }

  private static String waitingOperation(RunView run, Instant now) {
    return RunProgress.of(run, now, false, null, ExampleRuns::offer).operations().stream()
        .map(OperationLine::waiting)
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void the_title_of_the_tab_shows_the_state() {
    assertThat(progress(ExampleRuns.running()).tabTitle())
        .isEqualTo("▶ 3/8 How to work out a monthly loan payment");
    assertThat(progress(ExampleRuns.completed()).tabTitle()).startsWith("✓ How to");
    assertThat(progress(ExampleRuns.failed()).tabTitle()).startsWith("✗ How to");
    assertThat(progress(ExampleRuns.withGaps("🏡".repeat(70), 7)).tabTitle())
        .isEqualTo("⚠ 6/8 " + "🏡".repeat(60) + "…");
  }

  @Test
  void each_step_has_a_bar_on_one_axis_and_a_row_in_its_table() {
    var page = show(Look.DESKTOP, ExampleRuns.withGaps(ExampleRuns.TOPIC, 7));
    var bars = page.locator(".operations .span");
    assertThat(bars).hasCount(8);
    var left = bars.nth(0).boundingBox();
    assertThat(bars.nth(5).boundingBox().x).isEqualTo(left.x);
    assertThat(bars.nth(5).boundingBox().width).isEqualTo(left.width);
    assertThat(page.locator("#operation-2 .span-good")).hasCount(1);
    assertThat(page.locator("#operation-2 .tone-bad .span-call")).hasCount(2);
    assertThat(page.locator("#operation-2 .span"))
        .hasAttribute("aria-label", Pattern.compile("From .* to .*, 3 calls"));
    page.getByText("Show timeline as table").click();
    assertThat(page.locator("#timeline-table tbody tr")).hasCount(9);
  }

  @Test
  void a_failed_step_of_an_ended_run_can_be_retried() {
    var page = show(Look.DESKTOP, ExampleRuns.withGaps(ExampleRuns.TOPIC, 7));
    var again = page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Try again"));
    assertThat(again).hasCount(1);
    assertThat(again).hasAttribute("value", "2");
    assertThat(show(Look.DESKTOP, ExampleRuns.running()).locator(".operation-again")).hasCount(0);
  }

  @Test
  void a_planned_automatic_retry_can_be_cancelled() {
    var page = show(Look.DESKTOP, ExampleRuns.retriedLater());
    var cancel = page.locator("form:has(#cancel-retry)");
    assertThat(cancel).hasText("Cancel automatic retry");
    assertThat(cancel).hasAttribute("action", Pattern.compile("^/runs/[0-9a-f-]+/cancellation$"));
    page.context().close();
    assertThat(show(Look.DESKTOP, ExampleRuns.failed()).locator("#cancel-retry")).hasCount(0);
  }

  @Test
  void a_step_and_its_log_lines_lead_to_each_other() {
    var page = show(Look.DESKTOP, ExampleRuns.running());
    page.locator("[data-step-log='1']").click();
    assertThat(page.locator(".log-line.is-step"))
        .containsText(new String[] {"Rotating to key", "Executing Meta & Toc Generator"});
    assertThat(page.locator(".log-found")).hasText("2 lines of this operation are marked");
    page.locator("[data-step-log='1']").click();
    page.evaluate("() => document.querySelector('.log-line[data-step=\"1\"]').remove()");
    page.locator("[data-step-log='1']").click();
    assertThat(page.locator(".log-found")).hasText("1 line of this operation is marked");
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Operation 2")).click();
    assertThat(page.locator("#operation-2:target")).isVisible();

    var folded = show(Look.DESKTOP, ExampleRuns.running(), true);
    assertThat(folded.locator("#log-group-1")).not().hasAttribute("open", "");
    folded.locator("[data-step-log='1']").click();
    assertThat(folded.locator("#log-step-1 .log-text").first()).isVisible();
    assertThat(folded.locator("#log-group-1 summary")).isFocused();
    assertThat(folded.locator("#log-group-1 summary")).containsText("2 lines");
    assertThat(folded.locator("#log-group-2")).hasAttribute("open", "");
    PageChecks.assertGood(folded, "run-log-by-step");
  }

  @Test
  void a_reply_is_shown_indented_with_a_way_back_and_can_be_copied() {
    var run = ExampleRuns.withGaps(ExampleRuns.TOPIC, 7);
    var reply = reply(run, "{\"error\":{\"code\":429,\"message\":\"<b>slow</b>\"}}");
    var page =
        gallery.show(
            chromium,
            Look.DESKTOP,
            PageMeta.of(reply.title(), Section.ARTICLES),
            templates -> templates.runsReply(reply));
    var pretty =
        "{\n  \"error\" : {\n    \"code\" : 429,\n    \"message\" : \"<b>slow</b>\"\n  }\n}";
    assertThat(page.locator("#reply").textContent()).isEqualTo(pretty);
    assertThat(page.locator("main")).containsText("Reasoning: 180 tokens");
    page.getByText("How the answer was classified").click();
    assertThat(page.locator(".evidence")).containsText("R16 free minute");
    assertThat(page.locator(".evidence")).containsText("gen-7");
    PageChecks.captureCopies(page, "copied");
    page.getByText("Copy reply").click();
    assertThat(page.getByText("Copied")).isVisible();
    assertThat(page.evaluate("() => window.copied")).isEqualTo(pretty);
    assertThat(page.getByText("Back to the run"))
        .hasAttribute("href", "/runs/" + run.id() + "#operation-2");
    PageChecks.assertGood(page, "run-reply");
    assertThat(reply(run, "<html>no JSON").pretty()).isEqualTo("<html>no JSON");
  }

  @Test
  void a_reply_that_indentation_would_multiply_is_shown_as_received() {
    var run = ExampleRuns.withGaps(ExampleRuns.TOPIC, 7);
    var deep = "{\"a\":".repeat(60) + "{\"b\":1,\"c\":2}" + "}".repeat(60);
    assertThat(reply(run, deep).pretty()).isEqualTo(deep);
    var large = "[" + "1,".repeat(300_000) + "1]";
    assertThat(reply(run, large).pretty()).isEqualTo(large);
    assertThat(reply(run, "{\"a\":{\"b\":1}}").pretty()).contains("\n    \"b\" : 1");
  }

  private static ReplyPage reply(RunView run, String text) {
    var evidence =
        new Evidence(
            TestClock.START,
            "chat",
            429,
            "R16 free minute",
            "<b>slow</b>",
            Map.of("retry-after", "20"),
            "gen-7");
    return ReplyPage.of(run, 22, new AttemptReply(text, evidence, 180));
  }

  private Page show(Look look, RunView run) {
    return show(look, run, false);
  }

  private Page show(Look look, RunView run, boolean bySteps) {
    return show(look, progress(run), bySteps);
  }

  private Page show(Look look, RunProgress progress, boolean bySteps) {
    var page = new RunPage(progress, ExampleRuns.log(progress.live()), bySteps);
    return gallery.show(
        chromium,
        look,
        PageMeta.of("Run", Section.ARTICLES),
        templates -> templates.runsPage(page));
  }

  private static Map<String, RunView> states() {
    var states = new LinkedHashMap<String, RunView>();
    states.put("queued", ExampleRuns.queued(3));
    states.put("running", ExampleRuns.running());
    states.put("waiting", ExampleRuns.waiting());
    states.put("completed", ExampleRuns.completed());
    states.put(
        "gaps-long",
        ExampleRuns.withGaps(
            "Unreasonablylongwordwithoutanybreak".repeat(8) + " and more words ".repeat(13), 5));
    states.put("emoji-rtl", ExampleRuns.withGaps("كيف أحسب القسط الشهري للقرض العقاري؟ 🏡💶", 1));
    states.put("part", ExampleRuns.ofPart(RunState.RUNNING, null));
    states.put("resumed", ExampleRuns.resumed());
    states.put("failed", ExampleRuns.failed());
    states.put("skipped", ExampleRuns.skipped());
    states.put("cancelled", ExampleRuns.cancelled());
    return states;
  }

  private static RunProgress progress(RunView run) {
    return RunProgress.of(run, ExampleRuns.NOW, false, null, ExampleRuns::offer);
  }
}

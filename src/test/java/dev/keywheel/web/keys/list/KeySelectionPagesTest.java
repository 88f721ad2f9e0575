package dev.keywheel.web.keys.list;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.recovery.store.RecoveryHistory;
import dev.keywheel.support.Await;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Selecting keys in the list and actions on the selected keys, in a real browser. */
@Tag("full")
final class KeySelectionPagesTest extends KeysInBrowser {
  @Test
  void the_result_of_a_test_of_selected_keys_is_shown_where_it_was_started() {
    site.add(3);
    for (Look look : List.of(Look.DESKTOP, Look.DESKTOP.withoutJavaScript())) {
      Page page = open(look, "/keys");
      page.getByLabel("Select key0001@example.com").check();
      page.getByLabel("Select key0003@example.com").check();
      press(page, "Test selected");
      assertThat(page).hasURL(Pattern.compile("batch="));
      if (!look.javaScript()) {
        var history = new RecoveryHistory(site.database());
        Await.until("no test runs", () -> history.running(site.app.workspace()).isEmpty());
        page.reload();
      }
      assertThat(page.locator(".keys-batch")).containsText("2 OpenRouter keys tested");
      assertThat(page.locator(".keys-batch")).containsText("2 still active");
      assertThat(row(page, "key0001@example.com")).containsText("Test: works");
      if (look.javaScript()) {
        assertThat(page.getByLabel("Select key0001@example.com")).isChecked();
        assertThat(page.getByLabel("Select key0002@example.com")).not().isChecked();
        assertThat(page.locator("#selected-count")).hasText("2 keys selected");
        assertThat(page.locator(".keys-batch h2")).isFocused();
      }
      assertThat(page.locator("#tested-" + site.key("key0002@example.com").id())).hasCount(0);
    }
  }

  @Test
  void the_page_of_a_key_follows_its_tests_and_keeps_what_is_typed_and_what_it_is_based_on() {
    UUID id = site.add("good@example.com", "sk-or-demo-valid-000001");
    Page page = open(Look.DESKTOP, "/keys/" + id);
    String basis = page.locator("form[action$='/name'] [name=based_on]").inputValue();
    page.locator("#f-name").fill("mine@example.com");
    page.locator("#f-secret").fill("half");
    page.evaluate("() => document.activeElement.blur()");
    var other = site.app.browser(site.app.admin());
    other.post("/keys/" + id + "/name", "name", "theirs@example.com");
    other.post("/keys/" + id + "/tests");

    Polls.untilText(page.locator("h1"), "theirs@example.com");
    Polls.until(page, () -> page.locator("[aria-labelledby=tests] tbody tr").count() == 1);
    assertThat(page.locator("#key-live [data-poll-sign]")).containsText("Live");
    assertThat(page.locator("#f-name")).hasValue("mine@example.com");
    assertThat(page.locator("#f-secret")).hasValue("half");
    assertThat(page.locator("form[action$='/name'] [name=based_on]")).hasValue(basis);
  }

  @Test
  void the_progress_bar_is_updated_while_rows_are_selected() {
    site.add("mute@example.com", "sk-or-demo-hang-04");
    site.add("good@example.com", "sk-or-demo-valid-000001");
    Page page = open(Look.DESKTOP, "/keys");
    press(page, "Test all");
    assertThat(page.locator(".keys-batch")).containsText("1 of 2");
    page.getByLabel("Select good@example.com").check();
    var batch = page.url().replaceAll(".*batch=", "");
    site.recovery.cancel(site.app.workspace(), UUID.fromString(batch), "somebody");
    assertThat(page.locator(".keys-batch")).containsText("stopped");
    assertThat(page.getByLabel("Select good@example.com")).isChecked();
    assertThat(page.locator("#selected-count")).hasText("1 key selected");
  }

  @Test
  void a_selection_is_kept_over_pages_and_sorting_and_used_as_a_whole() {
    site.add(60);
    Page page = open(Look.DESKTOP, "/keys?size=25");
    page.getByLabel("Select key0001@example.com").check();
    page.getByRole(AriaRole.LINK, named("Next")).click();
    assertThat(page.getByLabel("Select key0026@example.com")).isVisible();
    page.getByLabel("Select key0026@example.com").check();
    assertThat(page.locator("#selected-count")).hasText("2 keys selected");
    page.evaluate("() => scrollTo(0, 0)"); // a link half covered by the bar would be too small
    PageChecks.assertGood(page, "keys-selected");
    page.getByRole(AriaRole.LINK, named("Previous")).click();
    assertThat(page.getByLabel("Select key0001@example.com")).isChecked();
    press(page, "Disable");
    assertThat(page.getByText("2 keys disabled.")).isVisible();
    assertThat(site.key("key0026@example.com").status()).isEqualTo(KeyStatus.DISABLED);
  }

  @Test
  void shift_selects_a_range_and_the_header_selects_the_page() {
    site.add(30);
    Page page = open(Look.DESKTOP, "/keys?size=25");
    page.getByLabel("Select key0003@example.com").click();
    page.getByLabel("Select key0014@example.com")
        .click(
            new Locator.ClickOptions()
                .setModifiers(List.of(com.microsoft.playwright.options.KeyboardModifier.SHIFT)));
    assertThat(page.locator("#selected-count")).hasText("12 keys selected");
    Locator head = page.getByLabel("Select all keys on this page");
    assertThat(head.evaluate("box => box.indeterminate")).isEqualTo(true);
    head.check();
    assertThat(page.locator("#selected-count")).hasText("25 keys selected");
  }

  @Test
  void selecting_all_matches_is_a_second_step_and_deleting_many_keys_needs_their_number_typed() {
    site.add(60);
    site.add("other@example.org", "sk-or-demo-valid-000099");
    Page page = open(Look.DESKTOP, "/keys?size=25&q=example.com");
    page.getByLabel("All 60 matching").check();
    press(page, "Delete");
    assertThat(page.getByRole(AriaRole.HEADING, heading("Delete 60 keys?"))).isVisible();
    PageChecks.assertGoodPage(page);
    chromium.tolerate("422");
    page.getByLabel("Type 60 to delete them").fill("6");
    press(page, "Delete");
    assertThat(page.locator(".field-error")).hasText("Type 60 to delete them.");
    page.getByLabel("Type 60 to delete them").fill("60");
    press(page, "Delete");
    assertThat(page.getByText("60 keys moved to the trash.")).isVisible();
    assertThat(site.keys().size()).isEqualTo(1);
    press(page, "Undo");
    assertThat(page.getByText("60 keys restored.")).isVisible();
  }

  @Test
  void all_matching_keys_are_tested_whether_or_not_they_are_selected() {
    site.add(60);
    var history = new RecoveryHistory(site.database());
    for (Look look : List.of(Look.DESKTOP, Look.DESKTOP.withoutJavaScript())) {
      for (boolean selected : List.of(true, false)) {
        Page page = open(look, "/keys?size=25&q=example.com");
        page.locator("#select-all").setChecked(selected);
        page.locator("#test-matching").click();
        assertThat(page.locator(".keys-batch")).containsText("60");
        Await.until("no test runs", () -> history.running(site.app.workspace()).isEmpty());
        page.reload();
        assertThat(page.locator(".keys-batch")).containsText("60 OpenRouter keys tested");
      }
    }
  }

  @Test
  void selecting_all_that_match_moves_no_row_at_any_width() {
    site.add(60);
    Page page = open(Look.DESKTOP, "/keys?size=25");
    for (int width = 1000; width <= 1400; width += 20) {
      page.setViewportSize(width, 800);
      double before = topOfFirstRow(page);
      page.locator("#select-all").check();
      assertThat(page.locator("#selected-count")).hasText("All 60 keys selected");
      assertThat(topOfFirstRow(page)).as(width + " px").isEqualTo(before);
      page.locator("#select-all").uncheck();
    }
  }

  private static double topOfFirstRow(Page page) {
    return Objects.requireNonNull(page.locator("#bulk tbody tr").first().boundingBox()).y;
  }

  @Test
  void nothing_is_changed_when_the_matching_keys_have_changed() {
    site.add(30);
    Page page = open(Look.DESKTOP, "/keys?size=25");
    page.getByLabel("All 30 matching").check();
    site.edits()
        .delete(site.app.admin(), Selection.of(List.of(site.key("key0007@example.com").id())));
    press(page, "Disable");
    assertThat(page.getByText("29 keys match now; 30 matched")).isVisible();
    assertThat(site.keys().stream().filter(k -> k.status() == KeyStatus.DISABLED).count())
        .isEqualTo(0);
    page.getByLabel("All 29 matching").check();
    UUID late = site.add("late@example.com", "sk-or-demo-valid-000099");
    press(page, "Disable");
    assertThat(page.getByText("29 keys disabled.")).isVisible();
    assertThat(site.pool.get(site.app.workspace(), late).status()).isEqualTo(KeyStatus.ACTIVE);
  }

  @Test
  void updates_keep_the_focus_and_continue_after_a_selection_is_cleared() {
    site.add(3);
    Page page = open(Look.DESKTOP, "/keys");
    Locator test = page.getByRole(AriaRole.BUTTON, named("Test key0002@example.com"));
    test.focus();
    site.add("new@example.com", "sk-or-demo-valid-000099");
    Polls.now(page);
    assertThat(page.getByLabel("Select new@example.com")).isVisible();
    assertThat(test).isFocused();
    page.getByLabel("Select key0002@example.com").check();
    site.add("newer@example.com", "sk-or-demo-valid-000098");
    page.getByLabel("Select key0002@example.com").uncheck();
    Polls.now(page);
    assertThat(page.getByLabel("Select newer@example.com")).isVisible();
  }

  @Test
  void tags_and_accounts_are_set_on_the_selected_keys() {
    chromium.tolerate("422");
    site.add(3);
    Page page = open(Look.PHONE, "/keys");
    page.getByLabel("Select key0002@example.com").check();
    press(page, "Tag or account…");
    PageChecks.assertGoodPage(page);
    page.getByRole(AriaRole.TEXTBOX, named("Tag")).fill("a,b");
    press(page, "Add tag");
    assertThat(page.locator(".field-error")).containsText("no comma");
    page.getByRole(AriaRole.TEXTBOX, named("Tag")).fill("Spare");
    press(page, "Add tag");
    assertThat(page.getByText("1 key tagged.")).isVisible();
    page.getByLabel("Tag", exactly()).selectOption("spare");
    assertThat(page.getByLabel("Select key0001@example.com")).hasCount(0);
    assertThat(page.getByLabel("Select key0002@example.com")).hasCount(1);
  }
}

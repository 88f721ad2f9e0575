package dev.keywheel.web.keys.list;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Actions on the list of keys and their undo, without leaving the list. */
@Tag("full")
class KeyUndoPagesTest extends KeysInBrowser {
  private static final String PLACES =
      """
      () => [Math.round(scrollY), ...[...document.querySelectorAll('#bulk tbody tr')].map(row => {
        const box = row.getBoundingClientRect();
        return [row.id, box.x, box.y, box.width, box.height].join(' ');
      })]
      """;

  @AfterEach
  @Override
  void close() {
    chromium.tolerate("ERR_CONNECTION_REFUSED|Failed to fetch"); // open pages go on polling
    super.close();
  }

  @Test
  void an_action_of_a_row_and_its_undo_move_nothing_and_keep_the_selection() {
    site.add(40);
    Page page = open(Look.DESKTOP, "/keys?sort=-added");
    page.getByLabel("Select key0031@example.com").check();
    page.getByLabel("Select key0029@example.com").check();
    page.evaluate("() => scrollTo(0, 300)");
    page.getByLabel("More actions for key0028@example.com").click();
    Locator disable = page.locator("details.row-menu[open]").getByText("Disable");
    disable.scrollIntoViewIfNeeded();
    Object before = page.evaluate(PLACES);
    disable.click();
    Locator message = page.locator("#toasts .toast");
    assertThat(message).containsText("1 key disabled.");
    assertThat(row(page, "key0028@example.com")).containsText("Disabled");
    assertThat(page.evaluate(PLACES)).isEqualTo(before);
    assertThat(page.locator("#selected-count")).hasText("2 keys selected");
    assertThat(page.locator("details[open]")).hasCount(0);
    Chromium.shot(page, "keys-undo");

    press(page, "Undo");
    assertThat(message).hasCount(1);
    assertThat(message).containsText("Undone: 1 key enabled.");
    assertThat(row(page, "key0028@example.com")).containsText("Active");
    assertThat(page.evaluate(PLACES)).isEqualTo(before);
    assertThat(page.locator("#selected-count")).hasText("2 keys selected");
    assertThat(page.url()).endsWith("/keys?sort=-added");
    assertThat(page.getByLabel("More actions for key0028@example.com")).isFocused();
  }

  @Test
  void the_list_has_the_focus_after_the_undo_of_an_action_that_had_emptied_it() {
    site.add(2);
    Page page = open(Look.DESKTOP, "/keys?q=key0001");
    page.getByLabel("Select key0001@example.com").check();
    press(page, "Delete");
    assertThat(page.locator("#bulk tbody tr")).hasCount(0);
    press(page, "Undo");
    assertThat(page.locator("#bulk tbody tr")).hasCount(1);
    assertThat(page.locator("#bulk")).isFocused();
  }

  @Test
  void deleted_keys_are_restored_and_selected_by_a_keyboard_shortcut() {
    site.add(6);
    Page page = open(Look.DESKTOP, "/keys?q=key000");
    page.getByLabel("Select key0002@example.com").check();
    page.getByLabel("Select key0003@example.com").check();
    press(page, "Delete");
    assertThat(page.locator("#toasts")).containsText("2 keys moved to the trash.");
    PageChecks.assertGoodPage(page);
    assertThat(page.locator("a[href='/keys/trash']")).hasText("Trash 2");
    assertThat(page.locator("#bulk tbody tr")).hasCount(4);
    assertThat(page.locator("#selected-count")).hasText("No keys selected");
    page.keyboard().press("z");
    assertThat(page.locator("#bulk tbody tr")).hasCount(6);
    assertThat(page.locator("#selected-count")).hasText("2 keys selected");
    assertThat(page.getByLabel("Select key0003@example.com")).isChecked();
    assertThat(page.locator("#toasts")).containsText("2 keys restored.");
    assertThat(page.locator("a[href='/keys/trash']")).hasCount(0);
  }

  @Test
  void many_keys_are_deleted_after_a_question_that_replaces_the_list() {
    site.add(22);
    Page page = open(Look.DESKTOP, "/keys");
    page.getByLabel("Select all keys on this page").check();
    press(page, "Delete");
    assertThat(page.getByRole(AriaRole.HEADING, heading("Delete 22 keys?"))).isVisible();
    assertThat(page.getByLabel("Type 22 to delete them")).isFocused();
    page.keyboard().type("22");
    page.keyboard().press("Enter");
    assertThat(page.locator(".flash")).containsText("22 keys moved to the trash.");
    press(page, "Undo");
    assertThat(page.locator("#toasts")).containsText("22 keys restored.");
    assertThat(page.locator("#bulk tbody tr")).hasCount(22);
  }

  @Test
  void without_javascript_the_message_moves_no_row_and_its_undo_restores_the_keys() {
    site.add(4);
    UUID off = site.key("key0004@example.com").id();
    site.edits().disable(site.app.admin(), Selection.of(List.of(off)));
    for (Look look : List.of(Look.DESKTOP.withoutJavaScript(), Look.PHONE.withoutJavaScript())) {
      Page page = open(look, "/keys?q=key");
      List<?> before =
          page.locator("#bulk tbody tr").all().stream()
              .map(Locator::boundingBox)
              .map(b -> b.y)
              .toList();
      for (String key : List.of("key0001@example.com", "key0004@example.com")) {
        page.getByLabel("Select " + key).check();
      }
      press(page, "Disable");
      assertThat(page.locator(".flash")).containsText("1 key disabled. 1 was unchanged.");
      List<?> after =
          page.locator("#bulk tbody tr").all().stream()
              .map(Locator::boundingBox)
              .map(b -> b.y)
              .toList();
      assertThat(after).isEqualTo(before);
      Chromium.shot(page, "keys-flash-" + look.label());
      press(page, "Undo");
      assertThat(page.locator(".flash")).containsText("Undone: 1 key enabled.");
      assertThat(site.key("key0001@example.com").status()).isEqualTo(KeyStatus.ACTIVE);
      assertThat(site.key("key0004@example.com").status()).isEqualTo(KeyStatus.DISABLED);
      assertThat(page.url()).endsWith("/keys?q=key");
    }
  }
}

package dev.keywheel.web.keys.list;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Media;
import dev.keywheel.key.search.Selection;
import dev.keywheel.support.Await;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The list of keys and the pages that it links to, in a real browser. */
@Tag("full")
final class KeyPagesTest extends KeysInBrowser {
  @Test
  void an_empty_pool_offers_to_add_keys_and_to_load_samples() {
    Page page = open(Look.DESKTOP, "/keys");
    assertThat(page.getByText("No keys yet")).isVisible();
    PageChecks.assertGoodPage(page);
    press(page, "Load sample keys");
    assertThat(row(page, "ada@example.com")).containsText("Active");
    assertThat(page.getByRole(AriaRole.STATUS).first()).containsText("14 keys imported.");
    PageChecks.assertGood(open(Look.DESKTOP, "/keys"), "keys-samples");
  }

  @Test
  void a_printed_list_may_break_between_rows_and_has_no_controls() {
    site.add(2);
    Page page = open(Look.DESKTOP, "/keys");
    page.emulateMedia(new Page.EmulateMediaOptions().setMedia(Media.PRINT));
    assertThat(page.locator("#filter")).isHidden();
    assertThat(page.locator(".bulk")).isHidden();
    assertThat(page.locator("#bulk")).hasCSS("break-inside", "auto");
    assertThat(page.locator("#bulk tr").first()).hasCSS("break-inside", "avoid");
  }

  @Test
  void the_form_that_confirms_a_deletion_is_aligned_with_the_title_of_the_page() {
    site.add(21);
    Page page = open(Look.DESKTOP, "/keys");
    page.getByLabel("Select all keys on this page").check();
    press(page, "Delete");
    double form = page.getByLabel("Confirm the deletion").boundingBox().x;
    assertThat(form).isEqualTo(page.getByRole(AriaRole.HEADING).first().boundingBox().x);
  }

  @Test
  void a_paste_is_previewed_line_by_line_and_imported_once() {
    for (Look look : List.of(Look.DESKTOP, Look.PHONE.withoutJavaScript())) {
      String mark = look.width() + "x";
      Page page = open(look, "/keys/new");
      PageChecks.assertNoSidewaysScroll(page);
      page.getByLabel("Provider").selectOption("openrouter");
      page.getByLabel("Keys", exactly())
          .fill("bob" + mark + " sk-or-demo-valid-b" + mark + "ob\nnope\nsk-ant-0123456789");
      press(page, "Preview");
      assertThat(page.getByText("Invalid format: 4 characters; a key has 8 to 512")).isVisible();
      assertThat(page.getByText("Looks like a key for Anthropic, not for OpenRouter")).isVisible();
      if (look.javaScript()) {
        PageChecks.assertGoodPage(page);
      }
      assertThat(page.content().contains("sk-or-demo-valid-b" + mark + "ob")).isFalse();
      press(page, "Import 1 key");
      assertThat(row(page, "bob" + mark)).containsText("Active");
      page.getByRole(AriaRole.LINK, named("Import report")).click();
      assertThat(page.getByText("Skipped lines")).isVisible();
    }
  }

  @Test
  void a_rejected_paste_stays_in_the_field() {
    chromium.tolerate("422");
    for (Look look : List.of(Look.DESKTOP, Look.DESKTOP.withoutJavaScript())) {
      Page page = open(look, "/keys/new");
      page.getByLabel("Keys", exactly()).fill("[\"sk-or-demo-valid-77\",\n oops");
      press(page, "Preview");
      assertThat(page.getByText(Pattern.compile("not valid, at line 2"))).isVisible();
      assertThat(page.getByLabel("Keys", exactly())).hasValue("[\"sk-or-demo-valid-77\",\n oops");
      if (look.javaScript()) {
        PageChecks.assertGoodPage(page);
      }
    }
    assertThat(site.keys().size()).isEqualTo(0);
  }

  @Test
  void one_click_tests_a_key_and_the_row_shows_the_result_and_keeps_the_focus() {
    site.add("good@example.com", "sk-or-demo-valid-000001");
    site.add("bad@example.com", "sk-or-demo-revoked-02");
    Page page = open(Look.DESKTOP, "/keys");
    Locator test = page.getByRole(AriaRole.BUTTON, named("Test bad@example.com"));
    test.focus();
    page.keyboard().press("Enter");
    assertThat(row(page, "bad@example.com")).containsText("Failed");
    assertThat(row(page, "bad@example.com")).containsText("Test: failed");
    assertThat(page.locator("#toasts")).containsText("bad@example.com failed the test");
    assertThat(test).isFocused();
    PageChecks.assertGoodPage(page);
    Chromium.shot(page, "keys-tested");
  }

  @Test
  void without_javascript_a_key_can_be_tested_disabled_and_deleted() {
    site.add("bad@example.com", "sk-or-demo-revoked-02");
    site.add("good@example.com", "sk-or-demo-valid-000001");
    Page page = open(Look.DESKTOP.withoutJavaScript(), "/keys");
    press(page, "Test bad@example.com");
    assertThat(row(page, "bad@example.com")).containsText("Failed");
    page.getByLabel("Select good@example.com").check();
    press(page, "Disable");
    assertThat(row(page, "good@example.com")).containsText("Disabled");
    page.getByLabel("Select good@example.com").check();
    press(page, "Enable");
    assertThat(row(page, "good@example.com")).containsText("Active");
    page.getByLabel("Select bad@example.com").check();
    press(page, "Delete");
    assertThat(page.getByLabel("Select bad@example.com")).hasCount(0);
    press(page, "Undo");
    assertThat(row(page, "bad@example.com")).containsText("Failed");
  }

  @Test
  void all_keys_are_tested_at_once_and_the_bar_and_rows_are_updated_until_the_test_is_stopped() {
    site.add("good@example.com", "sk-or-demo-valid-000001");
    site.add("bad@example.com", "sk-or-demo-revoked-02");
    site.add("spent@example.com", "sk-or-demo-exhausted-03");
    site.add("mute@example.com", "sk-or-demo-hang-04");
    Page page = open(Look.DESKTOP, "/keys");
    press(page, "Test all");
    Locator batch = page.locator(".keys-batch");
    assertThat(batch).containsText("Testing 4 OpenRouter keys");
    assertThat(batch).containsText("3 of 4");
    assertThat(batch).containsText("1 left");
    assertThat(row(page, "good@example.com")).containsText("Test: works");
    assertThat(row(page, "bad@example.com")).containsText("Test: failed");
    assertThat(row(page, "spent@example.com")).containsText("Test: rate limited");
    assertThat(row(page, "mute@example.com")).containsText("Testing…");
    assertThat(page.locator("#strip-failed")).containsText("1");
    PageChecks.assertGood(page, "keys-testing");
    press(page, "Stop testing");
    assertThat(page.getByText("Test stopped. Results so far are kept.")).isVisible();
    assertThat(batch).containsText("stopped");
    var all = batch.getByRole(AriaRole.LINK).first();
    assertThat(all).hasAttribute("href", Pattern.compile("/recovery/.+"));
    assertThat(all).isInViewport(new LocatorAssertions.IsInViewportOptions().setRatio(1));
    batch.getByText("1 newly failing").click();
    assertThat(page.getByLabel("Select bad@example.com")).isChecked();
    assertThat(page.getByLabel("Select good@example.com")).hasCount(0);
    press(page, "Disable");
    assertThat(page.getByText("1 key disabled.")).isVisible();
  }

  @Test
  void the_search_finds_name_last_four_characters_and_reason_and_is_in_the_address() {
    site.add(30);
    site.add("spent@example.org", "sk-or-demo-exhausted-9731");
    site.recovery.requestTestsOfUnusable(site.app.admin());
    Page page = open(Look.DESKTOP, "/keys");
    page.getByLabel("Search keys").fill("9731");
    assertThat(page.getByLabel("Select spent@example.org")).isVisible();
    assertThat(page.getByLabel("Select key0001@example.com")).hasCount(0);
    page.waitForURL("**/keys?q=9731");
    assertThat(page.getByLabel("Search keys")).isFocused();
    page.reload();
    assertThat(page.getByLabel("Search keys")).hasValue("9731");
    press(page, "Test spent@example.org");
    assertThat(row(page, "spent@example.org")).containsText("Rate limited");
    page.getByLabel("Search keys").fill("spent@");
    page.waitForURL("**/keys?q=spent%40");
    assertThat(page.getByLabel("Select spent@example.org")).isVisible();
    assertThat(page.getByLabel("Select key0001@example.com")).hasCount(0);
    page.getByLabel("Search keys").fill("spending cap");
    page.waitForURL("**/keys?q=spending+cap");
    assertThat(page.getByLabel("Select spent@example.org")).isVisible();
    page.getByLabel("Search keys").fill("nothing at all");
    assertThat(page.getByText("No key matches")).isVisible();
    PageChecks.assertGoodPage(page);
  }

  @Test
  void a_key_pasted_into_the_search_never_gets_into_the_address() {
    site.add("bob@example.com", "sk-or-demo-valid-0canary1");
    Page page = open(Look.DESKTOP, "/keys");
    page.getByLabel("Search keys").fill("sk-or-demo-valid-0canary1");
    assertThat(page.getByLabel("Search keys")).hasValue("ary1");
    page.waitForURL("**/keys?q=ary1");
  }

  @Test
  void the_page_of_a_key_explains_its_status_and_shows_its_history() {
    site.add("bad@example.com", "sk-or-demo-revoked-02");
    Page page = open(Look.DESKTOP, "/keys");
    page.getByRole(AriaRole.LINK, named("bad@example.com")).click();
    assertThat(page.getByText("No known problems")).isVisible();
    assertThat(page.getByLabel("Calls of runs")).containsText("Not used by a run yet");
    press(page, "Test bad@example.com");
    assertThat(page.getByRole(AriaRole.HEADING, heading("Why it failed"))).isVisible();
    assertThat(page.getByText("Active → Failed")).isVisible();
    page.getByText("Provider's answer").first().click();
    assertThat(page.locator(".evidence").first()).containsText("401");
    String path = page.url();
    page.getByRole(AriaRole.LINK, named("Deep test…")).click();
    assertThat(page.getByLabel("z-ai/glm-4.5-air:free")).isChecked();
    PageChecks.assertGood(page, "key-deep-test");
    var id = site.key("bad@example.com").id();
    site.addAttempts(id, site.addRun(List.of(id), "completed"), 60);
    page.navigate(path);
    assertThat(page.getByRole(AriaRole.IMG, named("Duration of the last calls"))).isVisible();
    assertThat(page.locator("dt:has-text('Last 7 days (UTC)') + dd")).containsText("60 calls");
    assertThat(page.locator(".sparkline"))
        .hasAccessibleName(
            Pattern.compile("Calls on each of the last 7 days in UTC, today last: 0, .*\\d+"));
    PageChecks.assertGood(page, "key");
  }

  @Test
  void a_secret_is_shown_for_thirty_seconds_after_the_password_and_the_access_is_recorded() {
    site.add("bob@example.com", "sk-or-demo-valid-0canary1");
    String path = "/keys/" + site.key("bob@example.com").id();
    Page page = open(Look.DESKTOP, path);
    assertThat(page.content().contains("0canary1")).isFalse();
    chromium.tolerate("422");
    page.getByLabel("Your password").fill("not the pass phrase");
    press(page, "Show secret");
    assertThat(page.locator(".field-error")).hasText("Wrong password.");
    assertThat(page.getByLabel("Your password")).hasValue("");
    page.getByLabel("Your password").fill(dev.keywheel.support.WebApp.PASSWORD);
    press(page, "Show secret");
    assertThat(page.getByText("sk-or-demo-valid-0canary1")).isVisible();
    PageChecks.assertGoodPage(page);
    assertThat(page.locator("[data-leave-after='30']")).hasCount(1);
    page.getByRole(AriaRole.LINK, named("Hide")).click();
    assertThat(page.getByText("Secret shown")).isVisible();
    assertThat(page.content().contains("0canary1")).isFalse();
  }

  @Test
  void a_list_whose_keys_are_all_deleted_leads_to_the_trash() {
    site.add("bob@example.com", "sk-or-demo-valid-000001");
    Page page = open(Look.DESKTOP, "/keys");
    assertThat(row(page, "bob@example.com")).isVisible();
    deleteAll();
    assertThat(page.getByText("The only key is in the trash")).isVisible();
    assertThat(page.getByText("No keys yet")).hasCount(0);
    assertThat(page.getByLabel("Search keys")).isVisible();
    PageChecks.assertGoodPage(page);
    page.getByRole(AriaRole.LINK, named("Open trash")).click();
    press(page, "Restore bob@example.com");
    assertThat(page.getByText("1 key restored.")).isVisible();
    site.add("eve@example.com", "sk-or-demo-valid-000002");
    deleteAll();
    page.navigate(site.app.url() + "/keys");
    assertThat(page.getByText("All 2 keys are in the trash")).isVisible();
    assertThat(page.getByText("Deleted keys can be restored for 7 days.")).isVisible();
    assertThat(page.getByRole(AriaRole.LINK, named("Add keys"))).hasCount(1);
  }

  private void deleteAll() {
    var all = site.keys().stream().map(key -> key.id()).toList();
    site.edits().delete(site.app.admin(), Selection.of(all));
  }

  @Test
  void keys_are_restored_from_the_trash() {
    site.add("bob@example.com", "sk-or-demo-valid-000001");
    Page page = open(Look.DESKTOP, "/keys/" + site.key("bob@example.com").id());
    press(page, "Delete");
    assertThat(page.getByText("1 key moved to the trash.")).isVisible();
    page.navigate(site.app.url() + "/keys/trash");
    PageChecks.assertGoodPage(page);
    press(page, "Restore bob@example.com");
    assertThat(page.getByText("1 key restored.")).isVisible();
    assertThat(site.keys().size()).isEqualTo(1);
  }

  @Test
  void the_page_of_ten_thousand_keys_stays_small() {
    site.add(10_000);
    Page page = open(Look.DESKTOP, "/keys");
    assertThat(page.getByText("50 of 10,000 keys")).isVisible();
    assertThat(page.content().length() < 150_000)
        .as("page has " + page.content().length())
        .isTrue();
    PageChecks.assertGoodPage(page);
    Chromium.shot(page, "keys-10000");
    page.getByRole(AriaRole.LINK, named("Next")).click();
    assertThat(page.getByLabel("Select key0051@example.com")).isInViewport();
    assertThat(page.locator("#bulk")).isFocused();
    Await.until("the address of the next page", () -> page.url().contains("after="));
    page.goBack();
    assertThat(page.getByLabel("Select key0001@example.com")).isVisible();
    page.navigate(site.app.url() + "/keys?q=example");
    assertThat(page.getByText("All 2,000+ matching")).isVisible();
    assertThat(page.locator(".bulk").boundingBox().height).as("one line").isLessThan(45);
  }
}

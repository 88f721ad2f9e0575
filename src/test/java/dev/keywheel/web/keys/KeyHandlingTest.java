package dev.keywheel.web.keys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.WaitUntilState;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Use of the list of keys by keyboard and clipboard, and while it updates itself. */
@Tag("full")
final class KeyHandlingTest {
  private static final String PASTED = "bob@example.com sk-or-demo-valid-0canary1";
  @AutoClose private static final KeysSite site = new KeysSite();

  @RegisterExtension final Chromium chromium = new Chromium();

  @BeforeAll
  static void start() {
    site.add(30);
  }

  @Test
  void letter_shortcuts_move_select_and_open_and_can_be_switched_off() {
    Page page = open("/keys");
    page.keyboard().press("j");
    assertThat(link(page, "key0001@example.com")).isFocused();
    page.keyboard().press("j");
    page.keyboard().press("j");
    page.keyboard().press("k");
    assertThat(link(page, "key0002@example.com")).isFocused();
    page.keyboard().press("x");
    assertThat(page.getByLabel("Select key0002@example.com")).isChecked();
    assertThat(page.locator("#selected-count")).hasText("1 key selected");
    page.keyboard().press("x");
    assertThat(page.locator("#selected-count")).hasText("No keys selected");
    page.keyboard().press("?");
    assertThat(page.getByRole(AriaRole.DIALOG)).containsText("Next row");
    PageChecks.assertGood(page, "keys-shortcuts");
    page.getByLabel("Single-key shortcuts").uncheck();
    page.keyboard().press("Escape");
    assertThat(page.getByRole(AriaRole.DIALOG)).hasCount(0);
    page.keyboard().press("/");
    assertThat(page.getByLabel("Search keys")).not().isFocused();
    page.reload();
    page.keyboard().press("j");
    assertThat(link(page, "key0001@example.com")).not().isFocused();
    page.getByText("Keyboard shortcuts").click();
    page.getByLabel("Single-key shortcuts").check();
    page.keyboard().press("Escape");
    page.keyboard().press("j");
    page.keyboard().press("Enter");
    assertThat(page.getByRole(AriaRole.HEADING).first()).containsText("key0001@example.com");
  }

  @Test
  void a_refused_copy_of_a_masked_key_is_reported() {
    Page page = open("/keys");
    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }");
    page.getByLabel("More actions for key0001@example.com").click();
    page.getByText("Copy masked key").click();
    assertThat(page.getByText("The browser did not allow copying.")).isVisible();
    assertThat(page.getByText("Copied.")).hasCount(0);
  }

  @Test
  void text_typed_while_the_page_loads_is_searched() {
    Page page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.addInitScript(
        """
        new MutationObserver((_, observer) => {
          const search = document.getElementById('q');
          if (!search) return;
          search.value = '0007jx';
          observer.disconnect();
        }).observe(document, {childList: true, subtree: true});
        """);
    page.navigate(site.app.url() + "/keys");
    assertThat(page.getByText("No key matches")).isVisible();
  }

  @Test
  void a_status_chosen_while_the_page_loads_filters_the_list() {
    Page page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.addInitScript(
        """
        new MutationObserver((_, observer) => {
          const failed = document.querySelector('#filter-status option[value=failed]');
          if (!failed || !document.getElementById('filter-size')) return;
          failed.selected = true;
          observer.disconnect();
        }).observe(document, {childList: true, subtree: true});
        """);
    page.navigate(site.app.url() + "/keys");
    assertThat(page.getByText("No failed keys")).isVisible();
    assertThat(page).hasURL(Pattern.compile("status=failed"));
  }

  @Test
  void escape_clears_the_search_and_letters_typed_there_are_no_shortcuts() {
    Page page = open("/keys");
    page.keyboard().press("/");
    page.keyboard().type("0007jx");
    assertThat(page.getByText("No key matches")).isVisible();
    page.keyboard().press("Escape");
    assertThat(page.getByLabel("Search keys")).hasValue("");
    assertThat(page.getByLabel("Select key0001@example.com")).isVisible();
    assertThat(page.getByLabel("Search keys")).isFocused();
    page.keyboard().press("Escape");
    assertThat(page.getByLabel("Search keys")).not().isFocused();
    page.keyboard().press("j");
    assertThat(link(page, "key0001@example.com")).isFocused();
  }

  @Test
  void the_list_says_whether_it_is_live_and_a_new_order_keeps_the_selection() {
    Page page = open("/keys");
    Locator sign = page.locator(".live-sign");
    assertThat(sign).hasText(Pattern.compile("Live, updated .*"));
    page.getByLabel("Select key0003@example.com").check();
    assertThat(sign).hasText(Pattern.compile("Paused, last update (just now|\\d+ (s|min) ago)"));
    page.getByLabel("Sort").selectOption("Newest first");
    assertThat(page.locator(".key-name a").first()).not().hasText("key0001@example.com");
    assertThat(page.locator("#selected-count")).hasText("1 key selected");
    assertThat(page).hasURL(Pattern.compile(".*sort=-added.*"));
    page.getByLabel("Select key0003@example.com").uncheck();
    assertThat(sign).hasText(Pattern.compile("Live, updated .*"));
    page.getByRole(AriaRole.LINK, named("Calls")).click();
    assertThat(page.locator("th[aria-sort=ascending]")).hasText("Calls");
    assertThat(arrow(page)).isEqualTo("\"▲\" / \"\"");
    page.getByRole(AriaRole.LINK, named("Calls")).click();
    assertThat(page.locator("th[aria-sort=descending]")).hasText("Calls");
    assertThat(arrow(page)).isEqualTo("\"▼\" / \"\"");
    chromium.tolerate("Failed to fetch|ERR_FAILED");
    page.route("**/keys/table**", Route::abort);
    Polls.now(page);
    assertThat(sign).hasText(Pattern.compile("Not updating, updated .*"));
  }

  private static Object arrow(Page page) {
    return page.evaluate(
        "() => getComputedStyle(document.querySelector('th[aria-sort] a'), '::after').content");
  }

  @Test
  void after_a_change_the_focus_is_on_its_result_and_a_link_leads_back_to_the_filtered_list() {
    Page page = open("/keys?q=key00");
    page.getByLabel("Select key0003@example.com").check();
    page.getByRole(AriaRole.BUTTON, named("Disable")).click();
    assertThat(page.locator("#toasts .toast")).containsText("1 key disabled.");
    assertThat(page.locator("#toasts .toast")).isFocused();
    link(page, "key0004@example.com").click();
    Locator back = page.getByRole(AriaRole.LINK, named("All keys"));
    assertThat(back).hasAttribute("href", "/keys?q=key00");
    back.click();
    assertThat(page).hasURL(Pattern.compile(".*/keys\\?q=key00"));
    page.navigate(site.app.url() + "/keys");
    page.getByRole(AriaRole.BUTTON, named("Test all")).click();
    assertThat(page.locator(".keys-batch h2")).isFocused();
    assertThat(page.locator(".keys-batch h2")).containsText("tested");
    assertThat(page.locator(".keys-batch h2")).isFocused();
  }

  @Test
  void the_focus_stays_where_the_user_moved_it_before_the_scripts_of_the_page_ran() {
    Page page = open("/keys");
    page.getByRole(AriaRole.BUTTON, named("Test all")).click();
    assertThat(page.locator(".keys-batch h2")).containsText("tested");
    var scripts = new ArrayList<Route>();
    page.route("**/*.js*", scripts::add);
    page.reload(new Page.ReloadOptions().setWaitUntil(WaitUntilState.COMMIT));
    page.getByLabel("Select key0001@example.com").focus();
    page.keyboard().press("Space");
    page.unroute("**/*.js*");
    scripts.forEach(Route::resume);
    assertThat(page.locator("#selected-count")).hasText("1 key selected");
    assertThat(page.getByLabel("Select key0001@example.com")).isFocused();
  }

  @Test
  void a_paste_on_the_list_fills_only_the_import_form() {
    Page page = open("/keys");
    paste(page, "document.body");
    assertThat(page.getByLabel("Keys", new Page.GetByLabelOptions().setExact(true)))
        .hasValue(PASTED);
    assertThat(page.url().contains("sk-or")).as(page.url()).isFalse();
    assertThat(page.evaluate("() => localStorage.length + sessionStorage.length")).isEqualTo(0);
    assertThat(page.evaluate("() => JSON.stringify(history.state ?? '').includes('sk-')"))
        .isEqualTo(false);
    PageChecks.assertAccessible(page);
    page.getByRole(AriaRole.BUTTON, named("Preview")).click();
    assertThat(page.getByRole(AriaRole.BUTTON, named("Import 1 key"))).isVisible();
    assertThat(site.keys().stream().filter(key -> key.name().startsWith("bob")).count())
        .isEqualTo(0);
    page.goBack();
    assertThat(page.getByLabel("Select key0001@example.com")).isVisible();
  }

  @Test
  void a_paste_into_a_field_does_not_open_the_import_form() {
    Page page = open("/keys");
    assertThat(paste(page, "document.getElementById('q')"))
        .as("the browser inserts the text")
        .isEqualTo(true);
  }

  @Test
  void updates_keep_typed_text_ticks_and_focus() {
    site.add("mine@example.net", "sk-or-demo-valid-000201");
    Page page = open("/keys?status=active&q=example.net");
    page.getByLabel("Select mine@example.net").check();
    page.getByLabel("Search keys").focus();
    page.evaluate("() => document.getElementById('q').setSelectionRange(2, 5)");
    site.add("other@example.net", "sk-or-demo-valid-000202");
    // Makes the list poll as if the user were not working in it.
    page.waitForResponse(
        response -> response.url().contains("/keys/table") && response.status() == 200,
        () -> {
          page.evaluate("() => { document.getElementById('keys-live').dataset.poll = ''; }");
          Polls.now(page);
        });
    assertThat(page.getByLabel("Select other@example.net")).isVisible();
    assertThat(page.getByLabel("Select mine@example.net")).isChecked();
    assertThat(page.locator("#selected-count")).hasText("1 key selected");
    assertThat(page.getByLabel("Search keys")).isFocused();
    assertThat(
            page.evaluate(
                "() => { const q = document.getElementById('q'); return q.selectionStart + '-' + q.selectionEnd; }"))
        .isEqualTo("2-5");
    page.getByLabel("Search keys").fill("other");
    assertThat(page.locator("#toasts")).containsText("Selection cleared");
    assertThat(page.getByLabel("Select mine@example.net")).hasCount(0);
    assertThat(page.locator("#selected-count")).hasText("No keys selected");
  }

  @Test
  void all_actions_on_keys_work_by_keyboard() {
    Page page = open("/keys");
    page.keyboard().press("/");
    assertThat(page.getByLabel("Search keys")).isFocused();
    pressWithOneSelected(page, "Disable");
    assertThat(page.getByText("1 key disabled.")).isVisible();
    pressWithOneSelected(page, "Enable");
    assertThat(page.getByText("1 key enabled.")).isVisible();
    pressWithOneSelected(page, "Tag or account…");
    walkTo(page, "Tab", page.getByRole(AriaRole.TEXTBOX, named("Tag")));
    page.keyboard().type("spare");
    page.keyboard().press("Enter");
    assertThat(page.getByText("1 key tagged.")).isVisible();
    pressWithOneSelected(page, "Test selected");
    // Before the test starts, the list may show the result of an earlier one.
    assertThat(page.locator(".keys-batch h2")).hasText("1 OpenRouter key tested");
    assertThat(page.locator(".keys-batch h2")).isFocused();
    assertThat(page.locator("tr").filter(withFirstKey(page))).containsText("Test: ");
    pressWithOneSelected(page, "Delete");
    assertThat(page.getByLabel("Select key0001@example.com")).hasCount(0);
    Locator undo = page.locator("#toasts").getByRole(AriaRole.BUTTON).getByText("Undo");
    walkTo(page, "Tab", undo);
    page.keyboard().press("Enter");
    assertThat(page.locator("tr").filter(withFirstKey(page))).isVisible();
  }

  /** Ticks the first key with the space bar, and moves back to a button of the bar above. */
  private void pressWithOneSelected(Page page, String button) {
    Locator box = page.getByLabel("Select key0001@example.com");
    walkTo(page, "Tab", box);
    if (!box.isChecked()) {
      page.keyboard().press("Space");
    }
    assertThat(page.locator("#selected-count")).hasText("1 key selected");
    walkTo(page, "Shift+Tab", page.getByRole(AriaRole.BUTTON, named(button)));
    page.keyboard().press("Enter");
  }

  /** Moves the focus to the control using only this key; the focus is never lost. */
  private static void walkTo(Page page, String key, Locator control) {
    for (int i = 0;
        i < 40 && !(boolean) control.evaluate("c => c === document.activeElement");
        i++) {
      page.keyboard().press(key);
    }
    assertThat(control).isFocused();
  }

  @Test
  void the_list_in_rotation_order_keeps_that_order_during_a_search() {
    var ids = site.keys().stream().map(ApiKey::id).toList();
    site.database()
        .runTx(tx -> site.pool.rotation().assign(tx, List.of(ids.get(2), ids.get(0), ids.get(20))));
    var turns = site.pool.rotation().findAll(site.id(), 100).stream().map(ApiKey::name).toList();
    assertThat(turns.getLast()).isEqualTo("key0021@example.com");
    Page page = open("/keys?size=25");
    page.getByRole(AriaRole.LINK, named("Next in rotation first")).click();
    assertThat(page.locator(".key-name a")).hasText(turns.subList(0, 25).toArray(String[]::new));
    page.getByRole(AriaRole.LINK, named("Next")).click();
    assertThat(page.locator(".key-name a"))
        .hasText(turns.subList(25, turns.size()).toArray(String[]::new));
    page.getByLabel("Search keys").fill("key000");
    assertThat(page.locator(".key-name a"))
        .hasText(turns.stream().filter(name -> name.startsWith("key000")).toArray(String[]::new));
    page.getByRole(AriaRole.LINK, named("Sort by name again")).click();
    assertThat(page.locator(".key-name a").first()).hasText("key0001@example.com");
    assertThat(page.locator("#in-rotation")).hasCount(0);
  }

  private static Locator.FilterOptions withFirstKey(Page page) {
    return new Locator.FilterOptions().setHas(link(page, "key0001@example.com"));
  }

  /** Returns whether the page leaves the text to the browser. */
  private static Object paste(Page page, String target) {
    return page.evaluate(
        """
        text => {
          const data = new DataTransfer();
          data.setData('text/plain', text);
          const event = new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData: data});
          return %s.dispatchEvent(event);
        }
        """
            .formatted(target),
        PASTED);
  }

  @Test
  void too_large_input_is_reported_at_its_field_and_not_sent() {
    Page page = open("/keys/new");
    page.evaluate("document.getElementById('f-keys').value = 'z'.repeat(10_500_000)");
    preview(page).click();
    assertThat(page.locator("#e-keys"))
        .hasText(
            "This is 10.5 MB; up to 10 MB can be imported at once. Nothing was sent and your text is still here. Split it.");
    assertThat(page.getByLabel("Keys", new Page.GetByLabelOptions().setExact(true))).isFocused();
    assertThat(preview(page)).not().hasAttribute("aria-busy", "true");
    page.getByLabel("Keys", new Page.GetByLabelOptions().setExact(true))
        .fill("short@example.com sk-or-demo-valid-shorter");
    page.evaluate(
        "const chosen = new DataTransfer();"
            + "chosen.items.add(new File(['z'.repeat(10_000_001)], 'keys.txt'));"
            + "document.getElementById('f-file').files = chosen.files;");
    preview(page).click();
    assertThat(page.locator("#e-file")).containsText("This is 10.1 MB; up to 10 MB");
    assertThat(page.locator("#e-keys")).hasCount(0);
    PageChecks.assertGood(page, "keys-too-large");
    page.evaluate("document.getElementById('f-file').value = ''");
    preview(page).click();
    assertThat(page.getByText("Import 1 key")).isVisible();
  }

  private static Locator preview(Page page) {
    return page.getByRole(AriaRole.BUTTON, named("Preview"));
  }

  private Page open(String path) {
    Page page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + path);
    return page;
  }

  private static Locator link(Page page, String name) {
    return page.getByRole(AriaRole.LINK, named(name));
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }
}

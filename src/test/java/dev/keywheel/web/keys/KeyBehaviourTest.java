package dev.keywheel.web.keys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.key.search.Selection;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HeldRequests;
import dev.keywheel.support.Interception;
import dev.keywheel.support.Look;
import dev.keywheel.support.Polls;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Focus, selection and scrolling while a user works with the list of keys. */
@Tag("full")
class KeyBehaviourTest {
  @RegisterExtension final Chromium chromium = new Chromium();
  private final KeysSite site = new KeysSite();

  @AfterEach
  void close() {
    site.close();
  }

  private Page open(Look look, String path) {
    var page = site.app.open(chromium, look, site.app.admin());
    page.navigate(site.app.url() + path);
    return page;
  }

  @Test
  void selected_text_is_kept_while_the_list_changes() {
    site.add(2);
    var page = open(Look.DESKTOP, "/keys");
    var mark =
        "() => getSelection().selectAllChildren(document.querySelector('#bulk tbody tr:nth-child(2)"
            + " .mono, #bulk tbody tr:nth-child(2) code'))";
    page.evaluate(mark);
    var marked = String.valueOf(page.evaluate("() => String(getSelection())"));
    assertThat(marked).isNotBlank();
    site.add("new@example.com", "sk-or-demo-valid-000099");
    assertThat(page.locator("[data-poll-sign]").first()).containsText("Paused, last update ");
    assertThat(page.evaluate("() => String(getSelection())")).isEqualTo(marked);
    page.evaluate("() => getSelection().removeAllRanges()");
    Polls.now(page);
    assertThat(page.getByLabel("Select new@example.com")).isVisible();
  }

  @Test
  void a_hidden_page_does_not_poll_and_updates_when_it_is_shown() {
    site.add(1);
    var page = open(Look.DESKTOP, "/keys");
    page.evaluate(
        "() => Object.defineProperty(document, 'hidden', {value: true, configurable: true})");
    assertThat(page.evaluate(POLL_IS_SENT)).isEqualTo(false);
    page.evaluate("() => { delete document.hidden; }");
    assertThat(page.evaluate(POLL_IS_SENT)).isEqualTo(true);
    page.waitForRequest(
        "**/keys/table**",
        () -> page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))"));
  }

  /** Whether a poll that is due now would be sent. */
  private static final String POLL_IS_SENT =
      """
      () => document.getElementById('keys-live').dispatchEvent(
        new CustomEvent('htmx:config:request', {
          bubbles: true, cancelable: true, detail: {ctx: {request: {headers: {}}}}
        }))
      """;

  @Test
  void a_click_is_acknowledged_at_once_and_a_second_one_sends_nothing() {
    site.add(1);
    var page = open(Look.DESKTOP, "/keys");
    var held = new HeldRequests(page, url -> url.endsWith("/tests"));
    var sent = new ArrayList<String>();
    page.onRequest(
        request -> {
          if (request.url().endsWith("/tests")) {
            sent.add(request.method());
          }
        });
    var test =
        page.getByRole(
            AriaRole.BUTTON,
            new Page.GetByRoleOptions().setName("Test key0001@example.com").setExact(true));
    test.dblclick();
    assertThat(test).hasAttribute("aria-busy", "true");
    assertThat(test).isFocused();
    held.await(); // the browser does not report a request that is sent while the hold ends
    held.release();
    assertThat(page.locator("#toasts")).containsText("key0001@example.com");
    assertThat(test).not().hasAttribute("aria-busy", "true");
    assertThat(test).isFocused();
    assertThat(sent).isEqualTo(List.of("POST"));
    assertThat(page.locator("#toasts")).hasAttribute("role", "status");
  }

  @Test
  void back_and_forward_restore_selected_filters_but_not_each_typed_search() {
    site.add(2);
    disableAll();
    site.add("second@example.com", "sk-or-demo-valid-000098");
    var page = open(Look.DESKTOP, "/keys");
    var status = page.locator("#filter-status");
    var active = page.getByLabel("Select second@example.com");
    var rows = page.locator("#bulk tbody tr");
    status.selectOption("disabled");
    assertThat(rows).hasCount(2);
    assertThat(page).hasURL(Pattern.compile("/keys\\?status=disabled$"));
    page.getByLabel("Search keys").fill("0001");
    assertThat(rows).hasCount(1);
    assertThat(page).hasURL(Pattern.compile("q=0001"));
    page.goBack();
    assertThat(page).hasURL(Pattern.compile("/keys$"));
    assertThat(active).isVisible();
    assertThat(status).hasValue("");
    assertThat(rows).hasCount(3);
    page.goForward();
    assertThat(rows).hasCount(1);
    assertThat(status).hasValue("disabled");
    assertThat(page.getByLabel("Search keys")).hasValue("0001");
  }

  @Test
  void the_reason_and_the_result_of_a_test_fit_in_a_row_of_forty_pixels() {
    site.add("bad@example.com", "sk-or-demo-revoked-02");
    var page = open(Look.DESKTOP, "/keys");
    page.getByLabel("Test bad@example.com").click();
    assertThat(page.locator("#toasts")).containsText("bad@example.com failed the test");
    for (int width : List.of(1280, 1440, 1920)) {
      page.setViewportSize(width, 900);
      var line = page.locator(".key-status .key-line");
      assertThat(line.locator(".key-why")).isVisible();
      assertThat(line.evaluate(BELOW)).as("what is cut off at %d px", width).isEqualTo(0);
      assertThat(page.locator("#bulk tbody tr").evaluate("row => row.offsetHeight")).isEqualTo(40);
    }
  }

  /** The number of pixels of the reason below the visible lines. */
  private static final String BELOW =
      """
      line => Math.max(0, Math.ceil(line.querySelector('.key-why').getBoundingClientRect().bottom
        - line.getBoundingClientRect().bottom) - 1)
      """;

  private void disableAll() {
    var all = site.keys().stream().map(key -> key.id()).toList();
    site.edits().disable(site.app.admin(), Selection.of(all));
  }

  @Test
  void a_pool_of_disabled_keys_an_empty_pool_and_an_empty_result_have_different_texts() {
    site.add(1);
    disableAll();
    var page = open(Look.DESKTOP, "/keys");
    assertThat(page.getByText("Its only key is disabled, so runs will wait.")).isVisible();
    site.add("second@example.com", "sk-or-demo-valid-000098");
    disableAll();
    page.navigate(site.app.url() + "/keys");
    assertThat(page.getByText("All 2 keys are disabled, so runs will wait.")).isVisible();
    page.navigate(site.app.url() + "/keys?status=active");
    assertThat(page.getByText("No active keys")).isVisible();
    assertThat(page.getByText("No keys yet")).hasCount(0);
    page.getByText("Show disabled keys").click();
    assertThat(page.locator("#bulk tbody tr")).hasCount(2);
    page.navigate(site.app.url() + "/keys?status=failed");
    assertThat(page.getByText("No failed keys")).isVisible();
    page.navigate(site.app.url() + "/keys?status=failed&q=ada");
    assertThat(page.getByText("No key matches")).isVisible();
  }

  @Test
  void a_relative_time_has_its_exact_time_and_zone() {
    var page = site.app.browser(site.app.admin()).get("/keys/" + site.add(1).getFirst()).page();
    var time = page.select("main time[data-relative]").first();
    assertThat(time).isNotNull();
    assertThat(time.text()).matches("just now|.* ago");
    assertThat(time.attr("datetime")).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
    assertThat(time.attr("title")).matches("\\d+ \\w{3} \\d{4}, \\d\\d:\\d\\d:\\d\\d UTC");
  }

  @Test
  void the_time_in_a_row_without_a_link_can_be_focused() {
    site.add(1);
    var page = open(Look.DESKTOP, "/keys");
    var key = page.locator(".key-name a");
    assertThat(page.locator("#bulk td time[tabindex]")).hasCount(0);
    key.click();
    page.locator("[aria-labelledby=changes] td time").first().focus();
    assertThat(page.locator("[aria-labelledby=changes] td time").first()).isFocused();
    assertThat(page.getByRole(AriaRole.TOOLTIP))
        .containsText(Pattern.compile("\\d\\d:\\d\\d:\\d\\d"));
  }

  @Test
  void a_message_on_the_page_of_a_key_takes_the_focus_once_and_not_with_each_poll() {
    var page =
        open(Look.DESKTOP, "/keys/" + site.add("one@example.com", "sk-or-demo-valid-000001"));
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Disable")).click();
    assertThat(page.locator("main .flash")).isFocused();
    var link = page.locator("a[data-back]");
    link.focus();
    page.waitForResponse(answer -> answer.url().contains("/live"), () -> Polls.now(page));
    page.waitForResponse(answer -> answer.url().contains("/live"), () -> Polls.now(page));
    assertThat(link).isFocused();
  }

  @Test
  void rename_in_a_row_menu_focuses_the_name_field() {
    site.add(1);
    var page = open(Look.DESKTOP, "/keys");
    page.locator(".row-menu summary").click();
    page.getByText("Rename").click();
    assertThat(page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true))).isFocused();
  }

  @Test
  void the_list_has_the_focus_when_the_focused_button_has_left_it() {
    site.add(2);
    var page = open(Look.PHONE, "/keys");
    page.getByLabel("Select key0002@example.com").check();
    var chosen = new Selection.Ids(Set.of(site.key("key0002@example.com").id()));
    Interception.route(
        page,
        url -> url.endsWith("/keys/disablement"),
        route -> {
          site.edits().delete(site.app.admin(), chosen);
          route.resume();
        });
    page.locator("#bulk-disable").click();
    assertThat(page.locator("#toasts")).containsText("0 keys disabled.");
    assertThat(page.locator("#bulk")).isFocused();
  }

  @Test
  void the_list_has_the_focus_when_an_update_has_removed_the_focused_row() {
    site.add(2);
    var page = open(Look.DESKTOP, "/keys");
    var menu = page.getByLabel("More actions for key0002@example.com");
    menu.focus();
    var id = site.key("key0002@example.com").id();
    site.edits().delete(site.app.admin(), new Selection.Ids(Set.of(id)));
    Polls.until(page, () -> menu.count() == 0);
    assertThat(page.locator("#bulk")).isFocused();
  }

  @Test
  void on_a_phone_the_sort_menu_of_a_filtered_list_covers_no_row() {
    site.add(12);
    var page = open(Look.PHONE, "/keys?q=example");
    assertThat(page.locator("#test-matching")).hasText("Test 12 matching keys");
    var sort = page.locator("#sort").boundingBox();
    var row = page.locator("#bulk tbody tr").first().boundingBox();
    assertThat(sort.y + sort.height).isLessThanOrEqualTo(row.y);
    assertThat(sort.width).isGreaterThan(60);
  }

  @Test
  void controls_are_large_enough_for_a_thumb() {
    site.add(2);
    var page = open(Look.PHONE, "/keys");
    assertThat(page.evaluate(SMALL)).isEqualTo("");
    page.getByLabel("More actions for key0001@example.com").click();
    assertThat(page.locator(".row-menu[open] .menu-list .button")).hasCount(7);
    assertThat(page.evaluate(SMALL)).as("the menu of a row").isEqualTo("");
    page.navigate(site.app.url() + "/keys/new");
    assertThat(page.evaluate(SMALL)).isEqualTo("");
  }

  @Test
  void a_status_is_shown_in_full_on_a_phone_and_narrow_lists_omit_the_provider() {
    UUID id = site.add("ada@example.com", "sk-or-demo-revoked-000001");
    site.app.browser(site.app.admin()).post("/keys/" + id + "/tests", "view", "/keys");
    var page = open(Look.PHONE, "/keys");
    assertThat(page.locator(".key-status")).containsText("Rejected (401)");
    assertThat(page.evaluate(CUT)).isEqualTo(false);
    page.setViewportSize(700, 900);
    assertThat(page.locator("#bulk thead .col-provider")).isHidden();
    assertThat(page.locator(".key-status")).isVisible();
    assertThat(page.evaluate("() => document.documentElement.scrollWidth")).isEqualTo(700);
    page.setViewportSize(360, 740);
    page.navigate(site.app.url() + "/keys/" + id);
    assertThat(page.locator("#tests")).isVisible();
    assertThat(page.evaluate(LOW_LINKS)).isEqualTo("");
  }

  private static final String CUT =
      """
      () => [...document.querySelectorAll('.key-status .key-line')].some(e => e.scrollHeight > e.clientHeight + 1)
      """;

  /** Links that fill a cell of a table but are lower than 44 pixels. */
  private static final String LOW_LINKS =
      """
      () => [...document.querySelectorAll('main tbody :is(th, td) > a')]
        .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
        .map(e => `${Math.round(e.getBoundingClientRect().height)} ${e.outerHTML.slice(0, 110)}`).join('\\n')
      """;

  /** Controls smaller than 44 by 44 pixels, except links in a line of text. */
  private static final String SMALL =
      """
      () => [...document.querySelectorAll('main button, main summary, main select, main textarea, main a.button,'
          + ' main input:not([type=hidden]), main label.tick')]
        .filter(e => e.checkVisibility() && !e.closest('label.tick input, .unseen'))
        .map(e => [e.closest('label') ?? e, e])
        .map(([area, e]) => [area.getBoundingClientRect(), e])
        .filter(([box]) => box.width > 0 && (box.width < 43.5 || box.height < 43.5))
        .map(([box, e]) => `${Math.round(box.width)} x ${Math.round(box.height)} ${e.outerHTML.slice(0, 110)}`)
        .join('\\n')
      """;
}

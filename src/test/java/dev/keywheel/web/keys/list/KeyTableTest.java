package dev.keywheel.web.keys.list;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.val;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HeldRequests;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The table of keys in a browser: density, fixed positions, menus of rows. */
@Tag("full")
class KeyTableTest extends KeysInBrowser {
  private static final String STOP_IN_VIEW =
      """
      () => {
        const button = [...document.querySelectorAll('.keys-batch button')].at(-1);
        const place = scrollY; // of the pressed row, below the button
        scrollTo({top: 0, behavior: 'instant'});
        const box = button.getBoundingClientRect();
        const at = x => document.elementFromPoint(x, box.top + box.height / 2);
        const inView = at(box.left + 2) === button && at(box.right - 2) === button;
        scrollTo({top: place, behavior: 'instant'});
        return inView;
      }
      """;
  private static final String CALLS_FIT =
      """
      () => {
        const chart = document.querySelector('#bulk .sparkline');
        const number = document.createRange();
        number.selectNodeContents(chart.nextSibling);
        const text = number.getBoundingClientRect();
        const cell = chart.parentElement.getBoundingClientRect();
        return text.left > chart.getBoundingClientRect().right && text.right <= cell.right;
      }
      """;
  private static final String BOXES =
      """
      () => [...document.querySelectorAll('#bulk tbody tr')].map(row => {
        const box = row.getBoundingClientRect();
        return [row.id, box.x, box.y + scrollY, box.width, box.height].join(' ');
      })
      """;

  private static final Pattern REASON_BEFORE_TEST =
      Pattern.compile("^\\s*Failed\\s+Rejected.*Test: failed.*");

  @Test
  void a_key_with_many_tags_does_not_fill_the_screen_of_a_phone() {
    UUID id = site.add("tagged@example.com", "sk-or-demo-valid-77");
    for (int i = 1; i <= 20; i++) {
      site.edits().tag(site.app.admin(), Selection.of(List.of(id)), "tag-number-" + i, true);
    }
    Page page = open(Look.PHONE, "/keys");
    Locator row = page.locator("#row-" + id);
    assertThat(row).containsText("+14");
    assertThat(row.boundingBox().height).isLessThan(400);
    page.navigate(site.app.url() + "/keys/" + id);
    assertThat(page.locator("main")).containsText("tag-number-20");
  }

  @Test
  void sixteen_rows_of_forty_pixels_are_above_the_fold() {
    site.add(30);
    site.add("a-person-with-a-very-long-name-indeed@department.example.com", "sk-or-demo-valid-77");
    Page page = open(Look.DESKTOP, "/keys");
    page.setViewportSize(1280, 900);
    List<?> heights =
        (List<?>)
            page.evaluate(
                "() => [...document.querySelectorAll('#bulk tbody tr')].map(r => r.offsetHeight)");
    assertThat(heights).isNotEmpty().allMatch(height -> ((Number) height).intValue() == 40);
    Object visible =
        page.evaluate(
            "() => [...document.querySelectorAll('#bulk tbody tr')]"
                + ".filter(r => r.getBoundingClientRect().bottom <= innerHeight).length");
    assertThat(((Number) visible).intValue()).isGreaterThanOrEqualTo(16);
    PageChecks.assertGood(page, "keys-table");
    for (int width : List.of(1280, 1440)) {
      page.setViewportSize(width, 900);
      Chromium.shot(page, "keys-table-" + width);
    }
    assertThat(
            ((Number) page.evaluate("() => document.querySelector('#bulk').offsetWidth"))
                .intValue())
        .isGreaterThan(1380);
    page.setViewportSize(1280, 900);
    var status = Objects.requireNonNull(page.locator("td.key-status").first().boundingBox());
    assertThat(status.width).as("room for the reason").isGreaterThan(300);
  }

  @Test
  void a_list_without_a_count_does_not_say_that_only_some_keys_are_sorted() {
    site.add(2_002);
    Page page = open(Look.DESKTOP, "/keys?q=key&sort=-calls");
    assertThat(page.locator("#sorted-only"))
        .containsText("At most the 10,000 keys assigned last are sorted.");
    page.navigate(site.app.url() + "/keys?sort=-calls");
    assertThat(page.locator("#bulk tbody tr").first()).isVisible();
    assertThat(page.locator("#sorted-only")).hasCount(0);
  }

  @Test
  void a_late_answer_to_a_poll_does_not_restore_the_unfiltered_list() {
    site.add(3);
    Page page = open(Look.DESKTOP, "/keys");
    var late = new HeldRequests(page, url -> url.contains("/keys/table") && !url.contains("q="));
    Polls.now(page);
    late.await();
    page.getByLabel("Search keys").fill("0007jx");
    assertThat(page.getByText("No key matches")).isVisible();
    site.add("new-0007jx@example.com", "sk-or-demo-valid-000009");
    page.waitForRequestFinished(late::release);
    assertThat(page.getByLabel("Select new-0007jx@example.com")).isVisible();
    assertThat(page.getByLabel("Select key0001@example.com")).hasCount(0);
  }

  @Test
  void no_row_moves_when_a_test_starts_or_ends() {
    site.add(3);
    site.add("bad@example.com", "sk-or-demo-revoked-02");
    site.add("spent@example.com", "sk-or-demo-exhausted-03");
    site.add("mute@example.com", "sk-or-demo-hang-04");
    for (Look look : List.of(Look.DESKTOP, Look.PHONE)) {
      Page page = open(look, "/keys");
      Object before = page.evaluate(BOXES);
      press(page, "Test bad@example.com");
      assertThat(page.locator("#toasts")).containsText("bad@example.com failed the test");
      assertThat(page.evaluate(BOXES)).as("after one test").isEqualTo(before);
      assertThat(
              page.locator("tr", new Page.LocatorOptions().setHasText("bad@"))
                  .locator(".key-status"))
          .hasText(REASON_BEFORE_TEST);
      press(page, "Test mute@example.com");
      assertThat(page.locator(".keys-batch")).containsText("1 left");
      assertThat(page.evaluate(STOP_IN_VIEW)).as("no text covers the button").isEqualTo(true);
      assertThat(page.evaluate(BOXES)).as("during a test").isEqualTo(before);
      press(page, "Stop testing");
      assertThat(page.locator(".keys-batch")).containsText("stopped");
      page = open(look, "/keys");
      press(page, "Test all");
      assertThat(page.locator(".keys-batch")).containsText("5 of 6");
      assertThat(page.evaluate(BOXES)).as("during a test of all").isEqualTo(before);
      Chromium.shot(page, "keys-still-" + look.label());
      site.recovery.cancel(
          site.app.workspace(), UUID.fromString(page.url().replaceAll(".*batch=", "")), "ada");
      assertThat(page.locator(".keys-batch")).containsText("stopped");
      assertThat(page.evaluate(BOXES)).as("after a test of all").isEqualTo(before);
    }
  }

  @Test
  void truncated_text_is_shown_completely_on_hover() {
    String name = "customer-in-a-region-with-a-long-name-1";
    site.add(name, "sk-or-demo-valid-01");
    site.add("short", "sk-or-demo-valid-02");
    Page page = open(Look.DESKTOP, "/keys");
    Locator list = page.locator("#bulk");
    Locator cut = list.getByText(name);
    cut.hover();
    assertThat(cut).hasAttribute("title", name);
    Locator whole = list.getByText("short", new Locator.GetByTextOptions().setExact(true));
    whole.hover();
    assertThat(whole).hasAttribute("title", "");
    assertThat(page.locator("#pool-openrouter")).containsText("Next key: …d-01, " + name + ".");
  }

  @Test
  void the_calls_of_a_key_stay_beside_their_chart() {
    UUID id = site.add("busy@example.com", "sk-or-demo-valid-01");
    site.database()
        .runTx(
            tx -> {
              tx.dsl().execute("update api_keys set calls = 123456, calls_ok = 123456");
              tx.dsl()
                  .execute(
                      "insert into usage_key_days select {0}, (now() at time zone 'UTC')::date, workspace_id,"
                          + " provider, name, 9, 9, 0, 0, 0, 0, 0, 0 from api_keys",
                      val(id));
            });
    Page page = open(Look.DESKTOP, "/keys");
    assertThat(page.evaluate(CALLS_FIT)).isEqualTo(true);
  }

  @Test
  void a_row_menu_is_opened_and_used_by_keyboard() {
    site.add(3);
    Page page = open(Look.DESKTOP, "/keys");
    page.keyboard().press("j");
    page.keyboard().press("j");
    page.keyboard().press(".");
    Locator menu = page.locator("details.row-menu[open]");
    assertThat(menu).hasCount(1);
    Locator test = menu.getByText("Test", new Locator.GetByTextOptions().setExact(true));
    assertThat(test).isFocused();
    site.database().runTx(tx -> tx.dsl().execute("update api_keys set calls = 4321"));
    page.evaluate(
        "() => htmx.ajax('GET', '/keys/rows', {target: '#keys-live', swap: 'outerMorph'})");
    assertThat(page.getByText("4,321")).hasCount(3);
    assertThat(test).isFocused();
    PageChecks.assertGoodPage(page);
    Chromium.shot(page, "keys-menu");
    page.keyboard().press("Escape");
    assertThat(menu).hasCount(0);
    page.keyboard().press("Enter");
    assertThat(menu).hasCount(1);
    menu.getByText("Disable").press("Enter");
    assertThat(page.getByText("1 key disabled.")).isVisible();
    assertThat(site.key("key0002@example.com").status()).isEqualTo(KeyStatus.DISABLED);
    page.getByLabel("More actions for key0002@example.com").press("Enter");
    assertThat(menu.locator("button, a").first()).hasText("Enable");
    assertThat(menu.getByText("Disable")).hasCount(0);
    assertThat(page.url()).endsWith("/keys");
  }

  @Test
  void without_javascript_a_row_menu_leads_to_the_actions_of_its_key() {
    site.add(2);
    Page page = open(Look.DESKTOP.withoutJavaScript(), "/keys?q=0001");
    page.locator("summary[aria-label='More actions for key0001@example.com']").click();
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Show all actions")).click();
    page.getByLabel("New secret").fill("sk-or-demo-valid-000077");
    press(page, "Replace secret");
    assertThat(page.getByText("Secret replaced. key0001@example.com works")).isVisible();
    page.navigate(site.app.url() + "/keys?q=0001");
    page.locator("summary[aria-label='More actions for key0001@example.com']").click();
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Show all actions")).click();
    press(page, "Delete");
    assertThat(page.getByText("1 key moved to the trash.")).isVisible();
  }

  @Test
  void all_matching_keys_are_tested_and_the_range_of_the_page_is_shown() {
    site.add(30);
    site.add("other@example.org", "sk-or-demo-valid-000099");
    Page page = open(Look.DESKTOP, "/keys?q=example.com&size=25");
    assertThat(page.locator(".pager-summary")).hasText("1–25 of 30 keys");
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Next").setExact(true))
        .click();
    assertThat(page.locator(".pager-summary")).hasText("26–30 of 30 keys");
    press(page, "Test 30 matching keys");
    assertThat(page.locator(".keys-batch")).containsText("30 OpenRouter keys tested");
    assertThat(site.key("other@example.org").lastTestedAt()).isNull();
  }

  @Test
  void names_of_statuses_and_providers_are_found_and_filters_are_chips() {
    site.add(2);
    UUID off = site.add("off@example.com", "sk-or-demo-valid-000088");
    site.edits().disable(site.app.admin(), Selection.of(List.of(off)));
    Page page = open(Look.DESKTOP, "/keys");
    page.getByLabel("Search keys").fill("disabled");
    assertThat(page.getByLabel("Select key0001@example.com")).hasCount(0);
    assertThat(page.getByLabel("Select off@example.com")).hasCount(1);
    page.getByLabel("Search keys").fill("openrouter");
    assertThat(page.getByLabel("Select key0001@example.com")).hasCount(1);
    page.getByLabel("Search keys").fill("example status:disabled provider:openrouter");
    assertThat(page.locator(".chip-filter")).hasCount(2);
    assertThat(page.getByLabel("Select key0001@example.com")).hasCount(0);
    page.waitForURL("**/keys?q=example&status=disabled&provider=openrouter");
    PageChecks.assertGoodPage(page);
    page.getByLabel("Remove the filter Status: Disabled").click();
    assertThat(page.getByLabel("Select key0001@example.com")).hasCount(1);
    assertThat(page.locator(".chip-filter")).hasCount(1);
  }
}

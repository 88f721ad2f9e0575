package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.RunningApp;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HeldRequests;
import dev.keywheel.support.Interception;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import dev.keywheel.support.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ways to find a page: the palette, keyboard shortcuts, and the search page without scripts. */
@Tag("full")
class FindIT {
  private static final String TOPIC = "How to work out a monthly loan payment";

  @AutoClose private static final RunningApp app = RunningApp.withoutBrowser(TestDatabase.create());

  @RegisterExtension final Chromium chromium = new Chromium();

  @BeforeAll
  static void addKeysAndAnArticle() {
    app.addKeys("sandbox", Visitor.keys(12));
    app.generate(TOPIC);
  }

  @Test
  void the_palette_is_opened_and_used_by_keyboard_on_every_page() {
    var page = open("/log");
    for (var way :
        Map.of(
                "key3@", "/keys/*-*",
                "loan payment", "/articles/*-*",
                "run 1", "/runs/*-*",
                "test all limited", "/recovery",
                "settings enc", "/settings/encryption",
                "add k", "/keys/new")
            .entrySet()) {
      page.keyboard().press("Control+k");
      assertThat(field(page)).isFocused();
      page.keyboard().type(way.getKey());
      assertThat(chosen(page)).hasCount(1);
      assertThat(page.locator("#palette-found")).hasAttribute("data-text", way.getKey());
      page.keyboard().press("Enter");
      page.waitForURL(app.url() + way.getValue());
      assertThat(palette(page)).hasCount(0);
    }
  }

  @Test
  void arrows_choose_and_escape_closes_and_restores_the_focus() {
    var page = open("/keys");
    page.locator("#q").focus();
    page.keyboard().press("Meta+k");
    assertThat(chosen(page)).hasText("Dashboard");
    page.keyboard().press("ArrowDown");
    assertThat(chosen(page)).hasText("Keys");
    assertThat(field(page)).hasAttribute("aria-activedescendant", "palette-1");
    page.keyboard().press("ArrowUp");
    page.keyboard().press("ArrowUp");
    assertThat(chosen(page)).hasText("Sign out");
    assertThat(field(page)).isFocused();
    page.keyboard().press("Escape");
    assertThat(palette(page)).hasCount(0);
    assertThat(page.locator("#q")).isFocused();
    page.keyboard().press("Control+k");
    page.keyboard().press("Control+k");
    assertThat(palette(page)).hasCount(0);
    assertThat(page.locator("#q")).isFocused();
  }

  @Test
  void actions_are_performed_from_the_palette_and_their_result_is_shown() {
    var page = open("/runs?state=failed");
    run(page, "dark", "Appearance: dark");
    assertThat(page.locator("html[data-theme=dark]")).hasCount(1);
    assertThat(page).hasURL(app.url() + "/runs?state=failed");
    run(page, "appearance system", "Appearance: system");
    assertThat(page.locator("html[data-theme=auto]")).hasCount(1);
    run(page, "disable key11@", "Disable key11@gmail.com");
    assertThat(page.locator(".flash")).containsText("1 key disabled.");
    assertThat(page.locator("h1")).containsText("key11@gmail.com");
    run(page, "enable key11@", "Enable key11@gmail.com");
    assertThat(page.locator(".flash")).containsText("1 key enabled.");
    run(page, "test key11@", "Test key11@gmail.com");
    assertThat(page.locator(".flash")).containsText("key11@gmail.com works");
    page.waitForLoadState();
    page.keyboard().press("Control+k");
    page.keyboard().type("sign out");
    var leave = options(page, "Sign out");
    assertThat(leave).hasAttribute("formaction", "/logout");
    assertThat(page.locator("form#" + leave.getAttribute("form"))).hasCount(1);
  }

  private static void run(Page page, String typed, String action) {
    page.waitForLoadState(); // the previous action may load a new page
    page.keyboard().press("Control+k");
    page.keyboard().type(typed);
    // results for part of the text may start with the same action; Enter performs it only after the
    // results for the whole text arrive
    assertThat(page.locator("#palette-found")).hasAttribute("data-text", typed);
    assertThat(chosen(page)).containsText(action);
    page.keyboard().press("Enter");
    assertThat(palette(page)).hasCount(0);
  }

  @Test
  void enter_before_the_results_chooses_an_action_and_a_second_enter_performs_it() {
    var page = open("/settings");
    page.keyboard().press("Control+k");
    assertThat(chosen(page)).hasText("Dashboard");
    assertThat(page.locator(".palette-foot")).containsText("Enter open");
    var held = new HeldRequests(page, url -> url.contains("/find/results?q=disable"));
    field(page).fill("disable key1");
    held.await();
    page.keyboard().down("Enter");
    held.release();
    assertThat(page.locator("#palette-found")).hasAttribute("data-text", "disable key1");
    assertThat(chosen(page)).containsText("Disable key1");
    page.keyboard().down("Enter"); // held down
    assertThat(chosen(page)).containsText("Disable key1");
    page.keyboard().up("Enter");
    assertThat(page.locator(".palette-foot")).containsText("Enter do this");
    field(page).fill("zzzz");
    assertThat(page.locator("#palette-count")).hasText("Nothing found");
    assertThat(page.locator(".palette-foot")).containsText("Enter open");
    field(page).fill("disable key1");
    assertThat(chosen(page)).containsText("Disable key1");
    page.keyboard().press("Enter");
    assertThat(page.locator(".flash")).containsText("1 key disabled.");
    run(page, "enable key1", "Enable key1");
    assertThat(page.locator(".flash")).containsText("1 key enabled.");
  }

  @Test
  void actions_are_performed_on_a_page_that_was_open_for_minutes() {
    var page = chromium.open(Look.DESKTOP);
    page.navigate(app.url() + "/login");
    new Visitor(app, page).signIn();
    page.waitForURL(app.url() + "/");
    page.navigate(app.url() + "/find");
    chooseLater(page, "disable key10@");
    assertThat(page.locator("[id=found-action]")).hasCount(1);
    page.keyboard().press("Enter");
    assertThat(page.locator(".flash")).containsText("1 key disabled.");
    chooseLater(page, "enable key10@");
    page.keyboard().press("Enter");
    assertThat(page.locator(".flash")).containsText("1 key enabled.");
    chooseLater(page, "sign out");
    page.keyboard().press("Enter");
    page.waitForURL(app.url() + "/login");
  }

  @Test
  void an_action_of_an_ended_session_is_performed_after_signing_in_in_a_dialog() {
    chromium.tolerate("401");
    var page = open("/help");
    chooseLater(page, "appearance dark");
    page.context().clearCookies();
    page.keyboard().press("Enter");
    signInAgain(page);
    assertThat(page.locator("html[data-theme=dark]")).hasCount(1);
    run(page, "appearance system", "Appearance: system");
    assertThat(page.locator("html[data-theme=auto]")).hasCount(1);
  }

  /** Selects the action and moves the clock of the page by six minutes; its timers do not run. */
  private static void chooseLater(Page page, String action) {
    page.waitForLoadState();
    page.keyboard().press("Control+k");
    page.keyboard().type(action);
    assertThat(page.locator("#palette-found")).hasAttribute("data-text", action);
    assertThat(chosen(page)).hasCount(1);
    page.clock().setSystemTime(((Number) page.evaluate("Date.now()")).longValue() + 360_000);
  }

  @Test
  void enter_opens_the_result_for_the_text_typed_last() {
    var page = open("/settings");
    page.keyboard().press("Control+k");
    assertThat(chosen(page)).hasText("Dashboard");
    page.keyboard().type("key12@gmail.com");
    page.keyboard().press("Enter");
    page.waitForURL(app.url() + "/keys/*");
    assertThat(page.locator("h1")).containsText("key12@gmail.com");
  }

  @Test
  void enter_without_a_result_opens_nothing_later() {
    var page = open("/settings");
    page.keyboard().press("Control+k");
    assertThat(chosen(page)).hasText("Dashboard");
    page.keyboard().type("no such thing");
    page.keyboard().press("Enter");
    assertThat(palette(page).getByText("matches “no such thing”")).isVisible();
    field(page).fill("recov");
    assertThat(page.locator("#palette-found")).hasAttribute("data-text", "recov");
    assertThat(chosen(page)).hasText("Recovery");
    assertThat(page).hasURL(app.url() + "/settings");
  }

  @Test
  void the_palette_is_valid_and_accessible_with_many_few_and_no_results() {
    var page = open("/");
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Find")).click();
    assertThat(chosen(page)).hasCount(1);
    PageChecks.assertGood(page, "palette");
    field(page).fill("key");
    assertThat(options(page, "All 12 keys that match")).isVisible();
    PageChecks.assertGood(page, "palette-keys");
    field(page).fill("no such thing");
    assertThat(palette(page).getByText("matches “no such thing”")).isVisible();
    assertThat(field(page)).hasAttribute("aria-expanded", "false");
    PageChecks.assertGood(page, "palette-nothing");
    palette(page)
        .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Close"))
        .click();
    assertThat(palette(page)).hasCount(0);
  }

  @Test
  void on_a_phone_the_palette_is_opened_and_used_by_touch() {
    var page = chromium.open(Look.PHONE, app.cookies());
    page.navigate(app.url() + "/");
    var opener = page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Find"));
    assertLargeEnough(opener);
    opener.click();
    assertThat(chosen(page)).hasCount(1);
    for (var pressed : palette(page).locator("a, button, input").all()) {
      if (pressed.isVisible()) {
        assertLargeEnough(pressed);
      }
    }
    options(page, "Recovery").first().click();
    page.waitForURL(app.url() + "/recovery");
  }

  @Test
  void a_pasted_key_is_searched_by_its_last_four_characters() {
    var page = open("/");
    var urls = new ArrayList<String>();
    page.onRequest(request -> urls.add(request.url()));
    page.keyboard().press("Control+k");
    field(page).fill("key3@gmail.com sk-or-demo-valid-03");
    assertThat(field(page)).hasValue("d-03");
    assertThat(options(page, "key3@gmail.com").first()).isVisible();
    field(page).fill("GROQ_KEY=gsk_0123456789abcdef");
    assertThat(field(page)).hasValue("cdef");
    assertThat(urls).noneMatch(url -> url.contains("sk-") || url.contains("gsk_"));
    assertThat(page.locator("#palette-found").innerHTML()).doesNotContain("sk-or-demo-valid");
  }

  @Test
  void the_palette_reports_a_failed_search_until_a_search_succeeds() {
    chromium.tolerate("status of 503.*/find/results");
    var page = open("/help");
    var unavailable =
        new Route.FulfillOptions()
            .setStatus(503)
            .setContentType("text/plain")
            .setBody("Keywheel cannot reach its database.");
    Interception.route(
        page, url -> url.contains("/find/results"), route -> route.fulfill(unavailable));
    page.keyboard().press("Control+k");
    assertThat(palette(page)).containsText("Keywheel cannot reach its database.");
    page.unrouteAll();
    field(page).fill("settings");
    assertThat(chosen(page)).hasCount(1);
    assertThat(palette(page)).not().containsText("database");
  }

  @Test
  void the_palette_reports_a_lost_connection_until_it_is_restored() {
    chromium.tolerate("Failed to fetch|ERR_FAILED");
    var page = open("/");
    page.keyboard().press("Control+k");
    assertThat(chosen(page)).hasText("Dashboard");
    page.route("**/dashboard/live**", Route::abort);
    var lost = palette(page).getByText("No connection to Keywheel.");
    Polls.until(page, () -> lost.count() > 0);
    page.unrouteAll();
    Polls.until(page, () -> lost.count() == 0);
  }

  @Test
  void an_ended_session_is_renewed_in_a_dialog_over_the_palette() {
    chromium.tolerate("401");
    var page = open("/");
    page.context().clearCookies();
    page.keyboard().press("Control+k");
    signInAgain(page);
    assertThat(chosen(page)).hasText("Dashboard");
  }

  private static void signInAgain(Page page) {
    var signIn = page.getByRole(AriaRole.DIALOG, new Page.GetByRoleOptions().setName("Sign in"));
    signIn.getByLabel("Password").fill(Visitor.PASSWORD);
    signIn.getByRole(AriaRole.BUTTON).first().click();
  }

  @Test
  void without_javascript_the_search_is_a_page() {
    var page = chromium.open(Look.PHONE.withoutJavaScript(), app.cookies());
    page.navigate(app.url() + "/");
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Find")).click();
    assertThat(page.getByRole(AriaRole.LINK, named("Add keys"))).isVisible();
    page.getByLabel("Search Keywheel").fill("key3@");
    page.getByRole(AriaRole.BUTTON, named("Find")).click();
    page.locator("main").getByRole(AriaRole.LINK).filter(having("key3@gmail.com")).click();
    assertThat(page.locator("h1")).containsText("key3@gmail.com");
    page.navigate(app.url() + "/find?q=gsk_0123456789abcdef0123456789abcd");
    assertThat(page).hasURL(app.url() + "/find");
    assertThat(page.getByText("Search for its last four characters instead")).isVisible();
  }

  @Test
  void the_search_page_is_accessible_in_every_theme_and_width() {
    var page = open("/find?q=key");
    PageChecks.assertGood(page, "find");
    page.navigate(app.url() + "/find?q=no+such+thing");
    PageChecks.assertGood(page, "find-nothing");
  }

  @Test
  void g_and_the_first_letter_open_a_page_except_in_a_text_field() {
    var page = open("/find");
    page.getByLabel("Search Keywheel").press("g");
    page.keyboard().press("k");
    assertThat(page.getByLabel("Search Keywheel")).hasValue("gk");
    page.locator("main").focus();
    for (var way :
        List.of("k /keys", "a /articles", "r /recovery", "l /log", "s /settings", "d /")) {
      page.keyboard().press("g");
      page.keyboard().press(way.substring(0, 1));
      page.waitForURL(app.url() + way.substring(2));
    }
    page.keyboard().press("?");
    var help = page.getByRole(AriaRole.DIALOG);
    assertThat(help).containsText("to Recovery");
    PageChecks.assertGood(page, "shortcuts");
    help.getByLabel("Single-key shortcuts").uncheck();
    page.keyboard().press("Escape");
    page.keyboard().press("g");
    page.keyboard().press("k");
    page.keyboard().press("Control+k");
    assertThat(field(page)).isFocused();
    assertThat(page).hasURL(app.url() + "/");
  }

  private Page open(String path) {
    var page = chromium.open(Look.DESKTOP, app.cookies());
    page.navigate(app.url() + path);
    return page;
  }

  private static void assertLargeEnough(Locator pressed) {
    var box = pressed.boundingBox();
    assertThat(Math.min(box.width, box.height)).as(pressed.innerText()).isGreaterThanOrEqualTo(44);
  }

  private static Locator palette(Page page) {
    return page.getByRole(AriaRole.DIALOG, named("Find"));
  }

  private static Locator field(Page page) {
    return page.getByRole(AriaRole.COMBOBOX, named("Find a page, action, key, article or run"));
  }

  private static Locator chosen(Page page) {
    return palette(page)
        .getByRole(AriaRole.OPTION, new Locator.GetByRoleOptions().setSelected(true));
  }

  private static Locator options(Page page, String text) {
    return palette(page).getByRole(AriaRole.OPTION).filter(having(text));
  }

  private static Locator.FilterOptions having(String text) {
    return new Locator.FilterOptions().setHasText(text);
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }
}

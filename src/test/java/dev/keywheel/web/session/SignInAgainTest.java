package dev.keywheel.web.session;

import static dev.keywheel.support.Buttons.press;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.people.SessionStore;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.settings.PeopleRoutes;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What users see when they sign in, and when a session ends while they write. */
@Tag("full")
class SignInAgainTest {
  @RegisterExtension final Chromium chromium = new Chromium();
  private final TestClock clock = new TestClock();

  @AutoClose
  private final WebApp app =
      WebApp.start(
          TestDatabase.create(),
          clock,
          parts ->
              List.of(
                  new PeopleRoutes(parts.web, parts.people, parts.accounts, parts.invitations),
                  parts.account()));

  @Test
  void a_user_signs_in_with_the_keyboard_alone_and_reaches_the_requested_page() {
    var page = chromium.open(Look.DESKTOP);
    page.navigate(app.url() + "/settings/account");
    PlaywrightAssertions.assertThat(page.getByLabel("Email")).isFocused();
    page.keyboard().type(WebApp.EMAIL);
    page.keyboard().press("Tab");
    page.keyboard().type(WebApp.PASSWORD);
    page.keyboard().press("Enter");
    page.waitForURL(app.url() + "/settings/account");
    press(page, "Sign out");
    page.waitForURL(app.url() + "/login");
    assertThat(page.evaluate("() => localStorage.length + sessionStorage.length")).isEqualTo(0);
    page.goBack();
    assertThat(page.getByLabel("Password").isVisible()).as("Back does not show the page").isTrue();
  }

  @Test
  void the_pages_before_the_sign_in_are_valid_and_accessible() {
    var grace = app.member("grace@example.org", Role.VIEWER);
    var token = app.accounts.issuePasswordLink(app.admin(), grace.userId()).token();
    var page = chromium.open(Look.DESKTOP);
    page.navigate(app.url() + "/password?token=" + token);
    PageChecks.assertGood(page, "password");
    page.navigate(app.url() + "/login");
    PageChecks.assertGood(page, "login");
    chromium.tolerate("422");
    page.getByLabel("Email").fill(WebApp.EMAIL);
    page.getByLabel("Password").fill("wrong");
    press(page, "Sign in");
    page.getByRole(AriaRole.ALERT).filter(text("wrong")).waitFor();
    PageChecks.assertGood(page, "login-wrong");
  }

  @Test
  void a_form_on_a_page_whose_session_has_ended_is_sent_after_signing_in_in_a_dialog() {
    chromium.tolerate("401");
    chromium.tolerate("422");
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.clock().install();
    page.navigate(app.url() + "/settings/people");
    page.getByLabel("Email").fill("grace@example.org");
    clock.tick(SessionStore.IDLE_TIMEOUT.plusMinutes(1));
    page.clock().fastForward("00:04");
    press(page, "Add member");

    var dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Password").waitFor();
    assertThat(dialog.getByLabel("Email").inputValue()).isEqualTo(WebApp.EMAIL);
    PageChecks.assertAccessible(page);
    dialog.getByLabel("Password").fill("not it");
    dialog.getByRole(AriaRole.BUTTON).click();
    dialog.getByText("Wrong email or password.").waitFor();
    dialog.getByLabel("Email").fill(WebApp.EMAIL);
    dialog.getByLabel("Password").fill(WebApp.PASSWORD);
    dialog.getByRole(AriaRole.BUTTON).click();

    page.getByText("Send this link to grace@example.org").waitFor();
    PageChecks.captureCopies(page, "copied");
    page.getByText("Copy link").click();
    PlaywrightAssertions.assertThat(page.getByLabel("One-time link"))
        .hasValue(String.valueOf(page.waitForFunction("() => window.copied").jsonValue()));
    assertThat(app.invitations.of(app.workspace())).hasSize(1);
  }

  @Test
  void a_sign_in_in_the_dialog_that_gets_no_answer_can_be_repeated() {
    chromium.tolerate("401");
    chromium.tolerate("503");
    chromium.tolerate("ERR_FAILED");
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.clock().install();
    page.navigate(app.url() + "/settings/people");
    page.getByLabel("Email").fill("grace@example.org");
    clock.tick(SessionStore.IDLE_TIMEOUT.plusMinutes(1));
    page.clock().fastForward("10:00");
    press(page, "Add member");
    var dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Password").fill(WebApp.PASSWORD);
    var problem = dialog.getByText("Keywheel could not sign you in. Try again.");

    page.route("**/login", Route::abort);
    dialog.getByRole(AriaRole.BUTTON).click();
    problem.waitFor();
    page.unroute("**/login");
    page.route(
        "**/login",
        route ->
            route.fulfill(
                new Route.FulfillOptions()
                    .setStatus(503)
                    .setContentType("text/html")
                    .setBody("<p>Down</p>")));
    dialog.getByRole(AriaRole.BUTTON).click();
    PlaywrightAssertions.assertThat(problem).isVisible();
    page.unroute("**/login");
    dialog.getByRole(AriaRole.BUTTON).click();
    page.getByText("Send this link to grace@example.org").waitFor();
  }

  @Test
  void a_page_that_was_open_for_minutes_asks_for_confirmation_once_before_a_change() {
    app.member("grace@example.org", Role.OPERATOR);
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.clock().install();
    page.navigate(app.url() + "/settings/people");
    page.clock().fastForward("10:00");
    press(page, "Remove grace@example.org");
    page.getByRole(AriaRole.DIALOG)
        .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Remove"))
        .click();
    PlaywrightAssertions.assertThat(page.locator("main table")).not().containsText("grace@");
    PlaywrightAssertions.assertThat(page.getByRole(AriaRole.DIALOG)).hasCount(0);
  }

  @Test
  void the_copy_button_does_not_copy_the_sign_in_page_of_an_ended_session() {
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.navigate(app.url() + "/settings/people");
    page.evaluate(
        "() => document.querySelector('main').insertAdjacentHTML('beforeend',"
            + " '<button id=\"copy-it\" data-copy-url=\"/settings/people\">Copy it</button>')");
    PageChecks.captureCopies(page, "copied");
    clock.tick(SessionStore.IDLE_TIMEOUT.plusMinutes(1));
    page.locator("#copy-it").click();
    PlaywrightAssertions.assertThat(page.getByText("The text could not be loaded")).isVisible();
    assertThat(page.evaluate("() => window.copied ?? 'nothing'")).isEqualTo("nothing");
  }

  @Test
  void without_javascript_the_form_is_carried_through_the_sign_in() {
    chromium.tolerate("401");
    var page = app.open(chromium, Look.PHONE.withoutJavaScript(), app.admin());
    page.navigate(app.url() + "/settings/people");
    page.locator("form[action='/settings/people']").getByLabel("Email").fill("grace@example.org");
    clock.tick(SessionStore.IDLE_TIMEOUT.plusMinutes(1));
    press(page, "Add member");
    PlaywrightAssertions.assertThat(page.getByText("Your form is kept.")).isVisible();
    page.getByLabel("Email").fill(WebApp.EMAIL);
    page.getByLabel("Password").fill(WebApp.PASSWORD);
    press(page, "Sign in");
    press(page, "Submit");
    PlaywrightAssertions.assertThat(page.getByText("Send this link to grace@example.org"))
        .isVisible();
  }

  private static com.microsoft.playwright.Locator.FilterOptions text(String part) {
    return new com.microsoft.playwright.Locator.FilterOptions().setHasText(part);
  }
}

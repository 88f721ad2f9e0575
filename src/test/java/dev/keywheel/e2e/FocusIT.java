package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.RunningApp;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where the focus is after a form was refused, and on a page with a message. */
@Tag("full")
class FocusIT {
  @RegisterExtension final Chromium chromium = new Chromium();
  private RunningApp app;
  private Visitor visitor;

  @BeforeEach
  void start() {
    app = RunningApp.start();
    visitor = new Visitor(app, chromium.open(Look.DESKTOP));
    chromium.tolerate("422");
    visitor.setUp();
  }

  @AfterEach
  void stop() {
    visitor.leave();
    app.close();
  }

  @Test
  void a_refused_form_has_the_focus_on_its_first_error() {
    visitor.open("/settings");
    visitor.page.locator("[name=required]").fill("7");
    visitor.page.locator("[name=minimum]").fill("9");
    visitor.page.locator("form[action='/settings/rule'] button").click();
    assertThat(visitor.page.locator("#e-minimum")).isVisible();
    assertThat(visitor.page.locator("[name=minimum]")).isFocused();

    visitor.open("/settings");
    visitor.page.getByLabel("Second factor required for administrators").check();
    visitor.press("Save sign-in");
    assertThat(visitor.page.locator("[name=secondFactorForAdmins]")).isFocused();
    assertThat(visitor.page.locator("#e-for-admins")).isInViewport();

    visitor.open("/keys/new");
    visitor.press("Preview");
    assertThat(visitor.page.locator("#f-keys")).isFocused();

    visitor.open("/articles/new");
    visitor.page.getByLabel("Topic").fill("Bread");
    visitor.page.locator("details.options > summary").first().click();
    visitor.page.getByLabel("Other language (code)").fill("no such language");
    visitor.press("Generate article");
    assertThat(visitor.page.locator("[name=other_language]")).isFocused();
    visitor.page.getByLabel("Other language (code)").fill("y".repeat(300));
    visitor.press("Generate article");
    assertThat(visitor.page.getByText("is not a language code")).isVisible();
    PageChecks.assertNoSidewaysScroll(visitor.page);
  }

  @Test
  void the_browser_reports_every_invalid_field_including_those_in_a_collapsed_section() {
    Page page = visitor.page;
    visitor.open("/gateway/tokens");
    Locator limits = page.getByText("Limits", new Page.GetByTextOptions().setExact(true));
    limits.click();
    page.getByLabel("Requests a minute").fill("0");
    page.getByLabel("Concurrent requests").fill("2000");
    limits.click();
    visitor.press("Create token");
    assertThat(page.locator(".field-error")).hasCount(3);
    assertThat(page.getByLabel("Name")).isFocused();
    assertThat(page.getByLabel("Requests a minute")).isVisible();
    assertThat(page.getByLabel("Concurrent requests"))
        .hasAccessibleDescription(Pattern.compile(".*1000.*Empty: no limit\\."));
    PageChecks.assertGood(page, "fields-refused-by-the-browser");

    page.getByLabel("Requests a minute").fill("5");
    page.getByLabel("Concurrent requests").fill("");
    page.getByLabel("Name").fill("night");
    assertThat(page.locator(".field-error")).hasCount(0);
    assertThat(page.getByLabel("Requests a minute")).hasAccessibleDescription("Empty: no limit.");
    visitor.press("Create token");
    assertThat(page.getByLabel("Your token")).isVisible();
    assertThat(page.locator(".issued")).isFocused();
    page.keyboard().press("Tab");
    assertThat(page.getByLabel("Your token")).isFocused();
  }

  @Test
  void a_refused_sign_in_has_the_focus_in_the_empty_password() {
    visitor.press("Sign out");
    visitor.page.getByLabel("Email").fill(Visitor.EMAIL);
    visitor.page.getByLabel("Password").fill("wrong");
    visitor.press("Sign in");
    assertThat(visitor.page.getByRole(AriaRole.ALERT).getByText("Wrong email or password."))
        .isVisible();
    assertThat(visitor.page.getByLabel("Email")).hasValue(Visitor.EMAIL);
    assertThat(visitor.page.getByLabel("Password")).isFocused();
  }

  @Test
  void on_a_page_with_a_message_only_the_message_gets_the_focus() {
    visitor.open("/settings/account");
    visitor.press("Change time zone");
    assertThat(visitor.page.locator(".flash")).isFocused();
    visitor.page.getByLabel("Show times in").selectOption("UTC");
    visitor.page.evaluate(
        """
        () => fetch('/settings/account/zone', {method: 'POST', redirect: 'manual',
          body: new URLSearchParams(new FormData(document.querySelector('form[action$=zone]')))})
        """);
    visitor.open("/articles/new");
    assertThat(visitor.page.locator(".flash")).isFocused();
    assertThat(visitor.page.locator("main [autofocus]")).hasCount(1);
    visitor.open("/articles/new");
    assertThat(visitor.page.getByLabel("Topic")).isFocused();
  }

  @Test
  void each_main_page_has_one_main_landmark_and_a_description() {
    for (var path : new String[] {"/", "/keys", "/articles", "/log", "/settings", "/help"}) {
      visitor.open(path);
      assertThat(
              visitor.page.getByRole(
                  AriaRole.MAIN, new Page.GetByRoleOptions().setIncludeHidden(true)))
          .hasCount(1);
      assertThat(visitor.page.locator("meta[name=description]").getAttribute("content"))
          .as(path)
          .contains("Keywheel");
    }
  }
}

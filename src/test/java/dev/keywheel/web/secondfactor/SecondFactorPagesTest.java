package dev.keywheel.web.secondfactor;

import static dev.keywheel.support.Buttons.press;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.keywheel.people.factor.SignInSettings;
import dev.keywheel.people.factor.TestFactors;
import dev.keywheel.people.identity.Role;
import dev.keywheel.people.secondfactor.SecondFactorReset;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.settings.PeopleRoutes;
import dev.keywheel.web.settings.SecondFactorResetRoutes;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The pages of the second factor in a browser. */
@Tag("full")
class SecondFactorPagesTest {
  private static final String FACTOR = "/settings/second-factor";

  @RegisterExtension final Chromium chromium = new Chromium();
  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();

  @AutoClose
  private final WebApp app =
      WebApp.start(
          database,
          clock,
          parts ->
              List.of(
                  parts.account(),
                  new PeopleRoutes(parts.web, parts.people, parts.accounts, parts.invitations),
                  new SecondFactorResetRoutes(
                      parts.web,
                      new SecondFactorReset(
                          parts.db, parts.sessions, parts.audit, parts.factors, clock))));

  @Test
  void an_app_is_set_up_and_required_at_sign_in_without_javascript() {
    app.vault.unseal();
    var page = chromium.open(Look.DESKTOP.withoutJavaScript());
    page.navigate(app.url() + "/login?next=" + FACTOR);
    enterPassword(page);
    press(page, "Set up an app");
    var secret = page.locator(".qr-key").innerText().replace(" ", "");
    enterCode(page, secret);
    press(page, "Turn on");
    PlaywrightAssertions.assertThat(page.locator("#recovery-codes li")).hasCount(10);
    PlaywrightAssertions.assertThat(page.locator("[data-copy]")).isHidden();
    page.getByText("I have saved them").click();
    press(page, "Sign out");

    clock.tick(Duration.ofSeconds(30));
    page.navigate(app.url() + "/login?next=" + FACTOR);
    enterPassword(page);
    enterCode(page, secret);
    press(page, "Continue");
    page.waitForURL(app.url() + FACTOR);
  }

  @Test
  void the_pages_are_accessible_before_and_during_the_set_up() {
    app.vault.unseal();
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.navigate(app.url() + "/settings/account");
    PageChecks.assertGood(page, "account-no-factor");
    page.navigate(app.url() + FACTOR);
    PageChecks.assertGood(page, "second-factor-none");
    press(page, "Set up an app");
    page.locator(".qr").waitFor();
    PageChecks.assertGood(page, "second-factor-app");
    chromium.tolerate("422");
    page.locator("[name=code]").fill("000000");
    press(page, "Turn on");
    page.getByText("This code is wrong").waitFor();
    PageChecks.assertGood(page, "second-factor-app-wrong");
    enterCode(page, page.locator(".qr-key").innerText().replace(" ", ""));
    press(page, "Turn on");
    page.locator("#recovery-codes").waitFor();
    page.navigate(app.url() + "/settings/account");
    PageChecks.assertGood(page, "account-factor");
  }

  @Test
  void an_administrator_who_must_set_up_a_second_factor_sees_a_page_without_a_menu() {
    database
        .database()
        .runTx(
            tx ->
                new SettingsStore(database.database())
                    .writeInstance(
                        tx,
                        SignInSettings.NAME,
                        new SignInSettings(true),
                        "test",
                        clock.instant()));
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.navigate(app.url() + "/settings/account");
    page.waitForURL(app.url() + FACTOR);
    PageChecks.assertGood(page, "second-factor-required");
  }

  @Test
  void an_administrator_resets_a_lost_factor_on_the_people_page() {
    app.vault.unseal();
    var grace = app.member("grace@example.org", Role.OPERATOR);
    var session = app.sessions.find(app.session(grace), clock.instant()).orElseThrow();
    app.secondFactors.beginApp(session);
    var secret = app.secondFactors.pendingApp(grace.userId()).orElseThrow();
    app.secondFactors.confirmApp(session, TestFactors.code(secret, clock.instant()));
    var page = app.open(chromium, Look.DESKTOP, app.admin());
    page.navigate(app.url() + "/settings/people");
    PageChecks.assertGood(page, "people-second-factor");
    press(page, "Reset the second factor of grace@example.org");
    page.getByRole(AriaRole.DIALOG).getByText("Reset second factor").click();
    page.getByText("Second factor reset.").waitFor();
    assertThat(app.secondFactors.status(grace.userId()).any()).isFalse();
  }

  private void enterCode(Page page, String secret) {
    page.locator("[name=code]").fill(TestFactors.code(secret, clock.instant()));
  }

  private static void enterPassword(Page page) {
    page.getByLabel("Email").fill(WebApp.EMAIL);
    page.getByLabel("Password").fill(WebApp.PASSWORD);
    press(page, "Sign in");
  }
}

package dev.keywheel.web.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.security.RequiredRole;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The message about the last action, which a cookie carries to the next page. */
class FlashCookieTest {
  private static final String MESSAGE = "Seven keys were tested.";

  private final TestClock clock = new TestClock();

  @AutoClose
  private final WebApp app =
      WebApp.start(
          TestDatabase.create(), clock, parts -> List.of(routes -> screen(routes, parts.web)));

  private final HttpBrowser browser = app.browser(app.admin());

  private static void screen(Routes routes, WebContext web) {
    routes.get(
        "/page",
        RequiredRole.VIEWER,
        ctx -> web.page(ctx, PageMeta.titled("Page"), html -> html.writeContent("<h1>Page</h1>")));
    routes.post(
        "/action",
        RequiredRole.VIEWER,
        ctx -> {
          web.done(ctx, "/page", MESSAGE);
        });
  }

  @BeforeEach
  void act() {
    browser.post("/action");
  }

  @Test
  void a_message_is_shown_once_and_within_two_minutes() {
    String cookie = browser.cookie("flash").orElseThrow();
    assertThat(browser.get("/page").text()).contains(MESSAGE);
    assertThat(browser.get("/page").text()).doesNotContain(MESSAGE);
    clock.tick(Duration.ofMinutes(2));
    browser.cookie("flash", cookie);
    assertThat(browser.get("/page").text()).doesNotContain(MESSAGE);
  }

  @Test
  void a_forged_cookie_puts_no_text_and_no_button_on_a_page() {
    var forged = new Flash(Severity.BAD, "Call 0800", new Flash.Undo("Repair", "/settings/people"));
    String mine = browser.cookie("flash").orElseThrow();
    String code = mine.substring(mine.lastIndexOf('.'));
    String date = mine.substring(0, mine.indexOf('.'));
    for (var cookie :
        List.of(
            forged.toCookie(),
            date + "." + forged.toCookie() + code,
            date + "." + forged.toCookie() + ".",
            "99999999999" + mine.substring(mine.indexOf('.')),
            Base64.getUrlEncoder().encodeToString("..".getBytes(UTF_8)),
            ".",
            "..")) {
      browser.cookie("flash", cookie);
      assertThat(browser.get("/page").text()).as(cookie).doesNotContain("0800", "Repair", MESSAGE);
      assertThat(browser.cookie("flash")).as("removed").isEmpty();
    }
  }
}

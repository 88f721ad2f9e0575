package dev.keywheel.web.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The user's own password, sessions and time zone. */
class AccountPagesTest {
  private static final String PATH = "/settings/account";

  @AutoClose
  private final WebApp app =
      WebApp.start(TestDatabase.create(), new TestClock(), parts -> List.of(parts.account()));

  private final HttpBrowser browser = app.browser(app.admin());

  @Test
  void a_changed_password_ends_the_other_sessions() {
    var phone = app.browser(app.admin());
    assertThat(
            browser
                .post(PATH + "/password", "current", "wrong", "password", "nine geese on a lake")
                .page()
                .select("#e-current")
                .text())
        .isEqualTo("Wrong password.");
    browser.post(
        PATH + "/password", "current", WebApp.PASSWORD, "password", "nine geese on a lake");
    assertThat(phone.get(PATH).status()).isEqualTo(303);
    assertThat(browser.get(PATH).status()).isEqualTo(200);
  }

  @Test
  void a_password_is_used_exactly_as_typed() {
    var typed = "  Nine geese on a LAKE ";
    browser.post(PATH + "/password", "current", WebApp.PASSWORD, "password", typed);
    for (var other : List.of(typed.strip(), typed.toLowerCase(Locale.ROOT), WebApp.PASSWORD)) {
      var refused = app.browser().post("/login", "email", WebApp.EMAIL, "password", other);
      assertThat(refused.status()).as(other).isEqualTo(422);
    }
    assertThat(app.browser().post("/login", "email", WebApp.EMAIL, "password", typed).status())
        .isEqualTo(303);
  }

  @Test
  void password_guesses_within_a_session_are_throttled() {
    var change = PATH + "/password";
    for (int i = 0; i < 5; i++) {
      browser.post(change, "current", "guess " + i, "password", "nine geese on a lake");
    }
    var late = browser.post(change, "current", WebApp.PASSWORD, "password", "nine geese on a lake");
    assertThat(late.status()).isEqualTo(429);
    assertThat(late.header("Retry-After")).isPresent();
    assertThat(late.page().select("#e-current").text()).contains("Too many");
    var refused = new AuditFilter("", "password refused", "");
    assertThat(app.audit.newest(app.workspace(), refused, null, 9)).hasSize(5);
  }

  @Test
  void one_session_of_many_can_be_ended() {
    var phone = app.browser(app.admin());
    var action = browser.get(PATH).page().select("form[action$=/end]").attr("action");
    browser.post(action);
    assertThat(phone.get(PATH).status()).isEqualTo(303);
    assertThat(browser.get(PATH).status()).isEqualTo(200);
    assertThat(browser.post(action).status()).isEqualTo(404);
  }

  @Test
  void times_are_shown_in_the_chosen_zone_or_that_of_the_browser() {
    assertThat(browser.get(PATH).text()).contains("it is now 14:25:36 UTC.");
    browser.cookie("browser-zone", "Europe/Berlin");
    assertThat(browser.get(PATH).text()).contains("it is now 15:25:36 CET.");
    browser.post(PATH + "/zone", "zone", "Asia/Tokyo");
    var chosen = browser.get(PATH);
    assertThat(chosen.text()).contains("shown in Asia/Tokyo.", "it is now 23:25:36 JST.");
    assertThat(chosen.page().select("html").attr("data-zone")).isEqualTo("Asia/Tokyo");
    assertThat(chosen.page().select("time").first().attr("title")).endsWith(" JST");
    assertThat(chosen.page().select("#f-zone option[selected]").val()).isEqualTo("Asia/Tokyo");
    var other = app.browser(app.admin());
    assertThat(other.get(PATH).text()).contains("it is now 23:25:36 JST.");
    browser.post(PATH + "/zone", "zone", "UTC");
    assertThat(browser.get(PATH).text()).contains("it is now 14:25:36 UTC.");
    browser.post(PATH + "/zone", "zone", "");
    assertThat(browser.get(PATH).text()).contains("it is now 15:25:36 CET.");
  }
}

package dev.keywheel.web.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.identity.Session;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A change of people needs a recent password, and the form is not lost on the way. */
class StepUpTest {
  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final WebApp app =
      WebApp.start(
          database.database(),
          clock,
          parts ->
              List.of(
                  new PeopleRoutes(parts.web, parts.people, parts.accounts, parts.invitations)));
  private final HttpBrowser browser = app.browser(app.admin());

  @AfterEach
  void stop() {
    app.close();
    database.close();
  }

  @Test
  void an_invitation_waits_for_the_password_and_is_then_sent() {
    browser.get("/settings/people");
    clock.tick(Session.CONFIRMED_FOR);
    var asked = browser.post("/settings/people", "email", "eve@example.org", "role", "admin");
    assertThat(asked.status()).isEqualTo(403);
    assertThat(members()).doesNotContain("eve@example.org");

    String kept = asked.page().select("input[name=kept]").val();
    var wrong = browser.post("/confirm", "kept", kept, "next", "/", "password", "a wrong password");
    assertThat(wrong.page().select("input[name=kept]").val()).isEqualTo(kept);
    var confirmed =
        browser.post("/confirm", "kept", kept, "next", "/", "password", WebApp.PASSWORD);
    Element form = confirmed.page().select("form[action=/settings/people]").getFirst();
    List<Map.Entry<String, String>> fields =
        form.select("input[name]").stream()
            .filter(field -> !field.attr("name").equals("csrf"))
            .map(field -> Map.entry(field.attr("name"), field.val()))
            .toList();
    assertThat(browser.post("/settings/people", fields, browser.token()).status()).isEqualTo(200);
    assertThat(members()).contains("eve@example.org");
  }

  @Test
  void a_password_is_good_for_ten_minutes() {
    browser.get("/settings/people");
    clock.tick(Session.CONFIRMED_FOR.minus(Duration.ofSeconds(1)));
    assertThat(
            browser.post("/settings/people", "email", "a@example.org", "role", "viewer").status())
        .isEqualTo(200);
    clock.tick(Duration.ofSeconds(1));
    assertThat(
            browser.post("/settings/people", "email", "b@example.org", "role", "viewer").status())
        .isEqualTo(403);
  }

  @Test
  void nobody_makes_a_password_link_for_oneself() {
    var own = browser.post("/settings/people/" + app.admin().userId() + "/link");
    assertThat(own.status()).isEqualTo(422);
    assertThat(own.text()).contains("My account");
  }

  private String members() {
    return browser.get("/settings/people").text();
  }
}

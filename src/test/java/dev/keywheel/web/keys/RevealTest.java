package dev.keywheel.web.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.WebApp;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The conditions for showing the secret of a key. */
final class RevealTest {
  @AutoClose private final KeysSite site = new KeysSite();

  @Test
  void only_an_administrator_can_show_a_secret() {
    UUID id = site.add("shown@example.com", "sk-or-demo-valid-000001");
    for (Role role : Role.values()) {
      var browser = site.app.browser(site.app.member(role.name() + "@example.org", role));
      boolean allowed = role == Role.ADMIN;
      assertThat(browser.get("/keys/" + id).page().select("form[action$=/revelation]"))
          .as("form for %s", role)
          .hasSize(allowed ? 1 : 0);
      var shown = browser.post("/keys/" + id + "/revelation", "password", WebApp.PASSWORD);
      assertThat(shown.status()).as("for %s", role).isEqualTo(allowed ? 200 : 403);
      assertThat(shown.body().contains("sk-or-demo-valid-000001")).isEqualTo(allowed);
    }
  }

  @Test
  void wrong_passwords_are_audited_and_lead_to_a_wait_that_the_form_shows() {
    UUID id = site.add("shown@example.com", "sk-or-demo-valid-000001");
    var browser = site.app.browser(site.app.admin());
    for (int i = 0; i < 5; i++) {
      var wrong = browser.post("/keys/" + id + "/revelation", "password", "wrong " + i);
      assertThat(wrong.status()).isEqualTo(422);
      assertThat(wrong.text().contains("Wrong password.")).as(wrong.text()).isTrue();
    }
    var tooSoon = browser.post("/keys/" + id + "/revelation", "password", WebApp.PASSWORD);
    assertThat(tooSoon.status()).isEqualTo(429);
    int wait = Integer.parseInt(tooSoon.header("Retry-After").orElseThrow());
    assertThat(wait >= 1 && wait <= 15).as("to wait " + wait).isTrue();
    var field = tooSoon.page().selectFirst("input[name=password]");
    assertThat(field.attr("aria-describedby")).isEqualTo("e-password h-password");
    String sentence = tooSoon.page().selectFirst("#e-password").text();
    assertThat(sentence.matches("Too many wrong passwords\\. Try again in \\d+ seconds?\\."))
        .as(sentence)
        .isTrue();
    assertThat(tooSoon.body().contains("sk-or-demo-valid-000001")).isFalse();

    var filter = new AuditFilter("", "password refused", "");
    var lines = site.app.audit.newest(site.app.workspace(), filter, null, 10);
    assertThat(lines.size()).isEqualTo(5);
    assertThat(
            lines.stream()
                .allMatch(
                    line ->
                        WebApp.EMAIL.equals(line.actor()) && id.toString().equals(line.subject())))
        .isTrue();
  }
}

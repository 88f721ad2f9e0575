package dev.keywheel.web.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.support.WebApp;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What stands between a person and the secret of a key. */
final class RevealTest {
  private final KeysSite site = new KeysSite();

  @AfterEach
  void close() {
    site.close();
  }

  @Test
  void wrong_passwords_are_in_the_record_and_lead_to_a_wait_that_the_form_tells() {
    UUID id = site.add("shown@example.com", "sk-or-demo-valid-000001");
    var browser = site.app.browser(site.app.admin());
    for (int i = 0; i < 5; i++) {
      var wrong = browser.post("/keys/" + id + "/revelation", "password", "wrong " + i);
      assertEquals(422, wrong.status());
      assertTrue(wrong.text().contains("Wrong password."), wrong.text());
    }
    var tooSoon = browser.post("/keys/" + id + "/revelation", "password", WebApp.PASSWORD);
    assertEquals(429, tooSoon.status());
    int wait = Integer.parseInt(tooSoon.header("Retry-After").orElseThrow());
    assertTrue(wait >= 1 && wait <= 15, "to wait " + wait);
    var field = tooSoon.page().selectFirst("input[name=password]");
    assertEquals("e-password", field.attr("aria-describedby"));
    String sentence = tooSoon.page().selectFirst("#e-password").text();
    assertTrue(
        sentence.matches("Too many wrong passwords\\. Try again in \\d+ seconds?\\."), sentence);
    assertFalse(tooSoon.body().contains("sk-or-demo-valid-000001"));

    var filter = new AuditFilter("", "password refused", "");
    var lines = site.app.audit.newest(site.app.workspace(), filter, null, 10);
    assertEquals(5, lines.size());
    assertTrue(
        lines.stream()
            .allMatch(
                line -> WebApp.EMAIL.equals(line.actor()) && id.toString().equals(line.subject())));
  }
}

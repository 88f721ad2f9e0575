package dev.keywheel.web.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class FailedCallsTest {
  @AutoClose private final KeysSite site = new KeysSite();

  @Test
  void the_page_of_an_active_key_says_why_it_is_active_although_calls_failed() {
    UUID id = site.add("refused@example.com", "sk-or-demo-valid-000001");
    site.setCalls(id, 1_000, 1_000);
    site.asOwner("update api_keys set last_used_at = now()");
    assertThat(why(id)).contains("No known problems.").doesNotContain("complete answer");
    site.setCalls(id, 1_000, 982);
    assertThat(why(id))
        .contains(
            "No known problems. Of its 1,000 calls, 18 had no complete answer, including those that"
                + " the client ended. A refused call marks a key as failed only if the key check"
                + " refuses the key too. The calls below and the gateway requests show the"
                + " reasons.");
  }

  private String why(UUID id) {
    var browser = site.app.browser(site.app.admin());
    return browser.get("/keys/" + id).page().select("section[aria-labelledby=why]").text();
  }
}

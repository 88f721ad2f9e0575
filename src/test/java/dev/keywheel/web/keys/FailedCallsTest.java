package dev.keywheel.web.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.Observations;
import dev.keywheel.support.TestKeys;
import java.time.Instant;
import java.util.List;
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

  @Test
  void the_page_of_a_failed_key_says_when_the_key_is_checked_again() {
    UUID id = site.add("bad@example.com", "sk-or-demo-valid-000002");
    Instant now = Instant.now();
    var refused = List.of(Observations.checked(id, Observations.refused(now)));
    site.database()
        .runTx(tx -> site.pool.updater().recordChecks(tx, site.id(), refused, now, TestKeys.ACTOR));
    assertThat(why(id))
        .containsPattern("Next check in 1[4-7] min\\. The key is also tested on request");
  }

  private String why(UUID id) {
    var browser = site.app.browser(site.app.admin());
    return browser.get("/keys/" + id).page().select("section[aria-labelledby=why]").text();
  }
}

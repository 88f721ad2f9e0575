package dev.keywheel.web.keys;

import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.support.HttpBrowser;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The only test of a key that costs something, from its price to what is kept of it. */
final class DeepTestTest {
  private static KeysSite site;
  private static HttpBrowser browser;

  @BeforeAll
  static void start() {
    site = new KeysSite();
    browser = site.app.browser(site.app.admin());
  }

  @AfterAll
  static void stop() {
    site.close();
  }

  @ParameterizedTest
  @CsvSource({
    "works@example.com, sk-or-demo-valid-000001, ACTIVE, works",
    "revoked@example.com, sk-or-demo-revoked-02, FAILED, Rejected",
    "daily@example.com, sk-or-demo-daily-03, RATE_LIMITED, free requests are used up",
    "capped@example.com, sk-or-demo-keycap-04, RATE_LIMITED, spending cap is used up",
    "doubt@example.com, sk-or-demo-doubt-05, ACTIVE, 'Refused, but the key passes'",
    "model@example.com, sk-or-demo-noendpoint-06, ACTIVE, The model gave no answer",
    "empty@example.com, sk-or-demo-empty-07, ACTIVE, works",
    "thought@example.com, sk-or-demo-reasoning-08, ACTIVE, works",
    "moderated@example.com, sk-or-demo-moderation-09, ACTIVE, The provider refused the question itself",
    "page@example.com, sk-or-demo-html502-10, ACTIVE, ''",
  })
  void its_result_counts_like_that_of_any_call(
      String name, String secret, KeyStatus status, String words) {
    UUID id = site.add(name, secret);
    var offer = browser.get("/keys/" + id + "/deep-test").page();
    assertEquals(0, site.key(name).calls(), "nothing is sent before it was asked for");
    assertTrue(offer.text().contains("free: uses one of today's free requests"), offer.text());
    String choice = offer.selectFirst("input[name=offer]").val();
    var sent = browser.post("/keys/" + id + "/deep-tests", "offer", choice);
    assertEquals("/keys/" + id, sent.location());
    var page = browser.get("/keys/" + id).text();
    assertTrue(page.contains("Deep test with " + choice.split(" ")[0]), page);
    assertTrue(page.contains(words), page);
    assertTrue(page.contains("Deep test requested"), page);
    assertEquals(status, site.key(name).status());
    assertEquals(1, site.key(name).calls());
    assertEquals(1, deepTests(id));
  }

  @Test
  void what_is_kept_of_a_refusal_that_the_key_check_does_not_confirm_is_both_answers() {
    UUID id = site.add("both@example.com", "sk-or-demo-doubt-15");
    var offer = browser.get("/keys/" + id + "/deep-test").page();
    String choice = offer.selectFirst("input[name=offer]").val();
    browser.post("/keys/" + id + "/deep-tests", "offer", choice);
    var seen = browser.get("/keys/" + id).page().select("table[aria-labelledby=tests] dl").text();
    assertTrue(seen.contains("Where chat HTTP status 401"), seen);
    assertTrue(seen.contains("R2 key refused; then, in the key check: R1 usable answer"), seen);
    assertTrue(seen.contains("User not found"), seen);
    assertTrue(
        seen.contains("– then, in the key check: HTTP 200, the provider accepts the key"), seen);
  }

  @Test
  void without_a_price_that_was_seen_nothing_is_sent() {
    UUID id = site.add("unseen@example.com", "sk-or-demo-valid-000002");
    for (String offer : new String[] {"", "openai/gpt-4o at most $0.0001"}) {
      var answer = browser.post("/keys/" + id + "/deep-tests", "offer", offer);
      assertEquals(422, answer.status());
      assertTrue(answer.text().contains("Nothing was sent"), answer.text());
    }
    assertEquals(0, site.key("unseen@example.com").calls());
    assertEquals(0, deepTests(id));
  }

  @Test
  void a_form_that_is_sent_twice_costs_once() {
    UUID id = site.add("twice@example.com", "sk-or-demo-valid-000009");
    var offer = browser.get("/keys/" + id + "/deep-test").page();
    String choice = offer.selectFirst("input[name=offer]").val();
    String once = offer.selectFirst("input[name=request_id]").val();
    browser.post("/keys/" + id + "/deep-tests", "offer", choice, "request_id", once);
    var second = browser.post("/keys/" + id + "/deep-tests", "offer", choice, "request_id", once);
    assertEquals(409, second.status());
    assertTrue(second.text().contains("already requested and is sent only once"), second.text());
    assertEquals(1, site.key("twice@example.com").calls());
    assertEquals(1, deepTests(id));
  }

  @Test
  void a_disabled_key_is_not_tested() {
    UUID id = site.add("off@example.com", "sk-or-demo-valid-000003");
    browser.post("/keys/" + id + "/disablement");
    var page = browser.get("/keys/" + id + "/deep-test");
    assertTrue(page.text().contains("Enable it to test it"), page.text());
    assertFalse(page.body().contains("Run the deep test"));
    assertEquals(0, deepTests(id));
  }

  @Test
  void an_ordinary_test_is_never_a_deep_one() {
    UUID id = site.add("plain@example.com", "sk-or-demo-valid-000004");
    browser.post("/keys/" + id + "/tests", "view", "/keys");
    assertEquals(0, deepTests(id));
    assertEquals(0, site.key("plain@example.com").calls());
  }

  private static int deepTests(UUID key) {
    return site.database()
        .read(
            dsl -> dsl.fetchCount(KEY_TESTS, KEY_TESTS.KEY_ID.eq(key), KEY_TESTS.KIND.eq("deep")));
  }
}

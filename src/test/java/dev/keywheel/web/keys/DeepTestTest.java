package dev.keywheel.web.keys;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static dev.keywheel.db.schema.Tables.POOLS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.usage.UsageQueries;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The only test of a key that costs money, from its price to its stored result. */
final class DeepTestTest {
  @AutoClose private static final KeysSite site = new KeysSite();
  private static final HttpBrowser browser = site.app.browser(site.app.admin());

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
    "moderated@example.com, sk-or-demo-moderation-09, ACTIVE, The provider refused the request itself",
    "page@example.com, sk-or-demo-html502-10, ACTIVE, ''",
  })
  void the_result_of_a_deep_test_counts_like_that_of_any_call(
      String name, String secret, KeyStatus status, String words) {
    UUID id = site.add(name, secret);
    var offer = browser.get("/keys/" + id + "/deep-test").page();
    assertThat(site.key(name).calls())
        .as("nothing is sent before the test is requested")
        .isEqualTo(0);
    assertThat(offer.text().contains("free: uses one of today's free requests"))
        .as(offer.text())
        .isTrue();
    String choice = offer.selectFirst("input[name=offer]").val();
    var sent = browser.post("/keys/" + id + "/deep-tests", "offer", choice);
    assertThat(sent.location()).isEqualTo("/keys/" + id);
    var page = browser.get("/keys/" + id).text();
    assertThat(page.contains("Deep test with " + choice.split(" ")[0])).as(page).isTrue();
    assertThat(page.contains(words)).as(page).isTrue();
    assertThat(page.contains("Deep test requested")).as(page).isTrue();
    assertThat(site.key(name).status()).isEqualTo(status);
    assertThat(site.key(name).calls()).isEqualTo(1);
    assertThat(deepTests(id)).isEqualTo(1);
  }

  @Test
  void a_refusal_that_the_key_check_does_not_confirm_is_stored_with_both_answers() {
    UUID id = site.add("both@example.com", "sk-or-demo-doubt-15");
    var offer = browser.get("/keys/" + id + "/deep-test").page();
    String choice = offer.selectFirst("input[name=offer]").val();
    browser.post("/keys/" + id + "/deep-tests", "offer", choice);
    var seen = browser.get("/keys/" + id).page().select("table[aria-labelledby=tests] dl").text();
    assertThat(seen.contains("Where chat HTTP status 401")).as(seen).isTrue();
    assertThat(seen.contains("R2 key refused; then, in the key check: R1 usable answer"))
        .as(seen)
        .isTrue();
    assertThat(seen.contains("User not found")).as(seen).isTrue();
    assertThat(seen.contains("– then, in the key check: HTTP 200, the provider accepts the key"))
        .as(seen)
        .isTrue();
  }

  @Test
  void nothing_is_sent_unless_the_price_was_shown() {
    UUID id = site.add("unseen@example.com", "sk-or-demo-valid-000002");
    for (String offer : new String[] {"", "openai/gpt-4o at most $0.0001"}) {
      var answer = browser.post("/keys/" + id + "/deep-tests", "offer", offer);
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.text().contains("Nothing was sent")).as(answer.text()).isTrue();
    }
    assertThat(site.key("unseen@example.com").calls()).isEqualTo(0);
    assertThat(deepTests(id)).isEqualTo(0);
  }

  @Test
  void a_form_refused_for_its_price_keeps_the_chosen_model() {
    UUID id = site.add("kept@example.com", "sk-or-demo-valid-000010");
    var offers = browser.get("/keys/" + id + "/deep-test").page().select("input[name=offer]");
    String second = offers.get(1).val();
    String model = second.split(" ")[0];
    var changed = browser.post("/keys/" + id + "/deep-tests", "offer", model + " at most $0.1");
    assertThat(changed.status()).isEqualTo(422);
    assertThat(changed.page().select("input[name=offer][checked]").eachAttr("value"))
        .containsExactly(second);

    var gone = browser.post("/keys/" + id + "/deep-tests", "offer", "openai/gone at most $0.1");
    assertThat(gone.page().select("input[name=offer][checked]"))
        .as("no other model is chosen in place of one that is no longer offered")
        .isEmpty();
  }

  @Test
  void a_form_that_is_sent_twice_costs_once() {
    UUID id = site.add("twice@example.com", "sk-or-demo-valid-000009");
    var offer = browser.get("/keys/" + id + "/deep-test").page();
    String choice = offer.selectFirst("input[name=offer]").val();
    String once = offer.selectFirst("input[name=request_id]").val();
    browser.post("/keys/" + id + "/deep-tests", "offer", choice, "request_id", once);
    var second = browser.post("/keys/" + id + "/deep-tests", "offer", choice, "request_id", once);
    assertThat(second.status()).isEqualTo(409);
    assertThat(second.text().contains("already requested and is sent only once"))
        .as(second.text())
        .isTrue();
    assertThat(site.key("twice@example.com").calls()).isEqualTo(1);
    assertThat(deepTests(id)).isEqualTo(1);
  }

  @Test
  void a_test_whose_secret_cannot_be_read_can_be_requested_again() {
    UUID id = site.add("damaged@example.com", "sk-or-demo-valid-000012");
    var offer = browser.get("/keys/" + id + "/deep-test").page();
    String choice = offer.selectFirst("input[name=offer]").val();
    String once = offer.selectFirst("input[name=request_id]").val();
    damageSecret(id);
    var failed = browser.post("/keys/" + id + "/deep-tests", "offer", choice, "request_id", once);
    assertThat(failed.status()).isEqualTo(500);
    assertThat(deepTests(id)).isEqualTo(0);

    damageSecret(id);
    browser.post("/keys/" + id + "/deep-tests", "offer", choice, "request_id", once);
    assertThat(deepTests(id)).isEqualTo(1);
  }

  /** Inverts one byte of the stored secret, so that the next call restores it. */
  private static void damageSecret(UUID key) {
    site.database()
        .runTx(
            tx ->
                tx.dsl()
                    .execute(
                        "update api_keys set ciphertext = set_byte(ciphertext, 20, 255 - get_byte(ciphertext, 20)) where id = ?",
                        key));
  }

  @Test
  void a_deep_test_locks_the_pools_in_the_order_of_their_providers() throws Exception {
    UUID id = site.add("order@example.com", "sk-or-demo-valid-000011");
    var page = browser.get("/keys/" + id + "/deep-test").page();
    String choice = page.selectFirst("input[name=offer]").val();
    var first = new PoolId(site.app.workspace(), "a-provider");
    site.database().runTx(tx -> site.pool.rotation().lock(tx, first)); // creates the pool
    var test = new AtomicReference<CompletableFuture<HttpBrowser.Answer>>();
    site.database()
        .runTx(
            tx -> {
              site.pool.rotation().lock(tx, first);
              test.set(
                  CompletableFuture.supplyAsync(
                      () -> browser.post("/keys/" + id + "/deep-tests", "offer", choice)));
              Await.until("the test waits", () -> TestDatabase.anotherWaitsForLock(tx));
              tx.dsl().execute("set local lock_timeout = '500ms'");
              site.pool.rotation().lock(tx, site.id());
              tx.dsl().deleteFrom(POOLS).where(POOLS.PROVIDER.eq(first.provider())).execute();
            });
    assertThat(test.get().get(1, TimeUnit.MINUTES).location()).isEqualTo("/keys/" + id);
  }

  @Test
  void a_disabled_key_is_not_tested() {
    UUID id = site.add("off@example.com", "sk-or-demo-valid-000003");
    browser.post("/keys/" + id + "/disablement");
    var page = browser.get("/keys/" + id + "/deep-test");
    assertThat(page.text().contains("Enable it to test it")).as(page.text()).isTrue();
    assertThat(page.body().contains("Run the deep test")).isFalse();
    assertThat(deepTests(id)).isEqualTo(0);
  }

  @Test
  void an_ordinary_test_sends_no_paid_request() {
    UUID id = site.add("plain@example.com", "sk-or-demo-valid-000004");
    browser.post("/keys/" + id + "/tests", "view", "/keys");
    assertThat(deepTests(id)).isEqualTo(0);
    assertThat(site.key("plain@example.com").calls()).isEqualTo(0);
  }

  @Test
  void a_test_of_a_key_that_is_deleted_leads_to_the_list_and_its_cost_counts_in_usage()
      throws Exception {
    try (var upstream = new ScriptedUpstream();
        var paid = new KeysSite(upstream.base())) {
      var release = new CountDownLatch(1);
      upstream.calls("gone", ScriptedUpstream.ok().after(release));
      UUID id = paid.add("gone@example.com", "sk-or-v1-0123456789abcdef-gone");
      var ada = paid.app.browser(paid.app.admin());
      var choice = ada.get("/keys/" + id + "/deep-test").page().select("input[name=offer]").val();
      var test =
          CompletableFuture.supplyAsync(
              () -> ada.post("/keys/" + id + "/deep-tests", "offer", choice));
      Await.until("the call is open", () -> upstream.received().size() == 1);
      paid.edits().delete(paid.app.admin(), Selection.of(List.of(id)));
      release.countDown();

      assertThat(test.get(1, TimeUnit.MINUTES).location()).isEqualTo("/keys");
      assertThat(ada.get("/keys").text())
          .contains(
              "The test of gone@example.com was cancelled. The key was deleted during the test.");
      var row = paid.database().read(dsl -> dsl.fetchSingle(API_KEYS, API_KEYS.ID.eq(id)));
      assertThat(row.get(API_KEYS.CALLS)).isEqualTo(1);
      assertThat(row.get(API_KEYS.TOKENS)).isEqualTo(150);
      assertThat(row.get(API_KEYS.COST)).isEqualByComparingTo("0.002");
      var now = Instant.now();
      assertThat(new UsageQueries(paid.database()).lastDay(paid.app.workspace(), now).totals())
          .satisfies(
              usage -> assertThat(usage.calls()).isEqualTo(1),
              usage -> assertThat(usage.ok()).isEqualTo(1),
              usage -> assertThat(usage.tokens()).isEqualTo(150),
              usage -> assertThat(usage.cost()).isEqualByComparingTo("0.002"));
    }
  }

  private static int deepTests(UUID key) {
    return site.database()
        .read(
            dsl -> dsl.fetchCount(KEY_TESTS, KEY_TESTS.KEY_ID.eq(key), KEY_TESTS.KIND.eq("deep")));
  }
}

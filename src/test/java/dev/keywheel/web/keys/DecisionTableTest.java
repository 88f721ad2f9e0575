package dev.keywheel.web.keys;

import static dev.keywheel.web.keys.DecisionLines.FREE;
import static dev.keywheel.web.keys.DecisionLines.PAID;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.operation.conversation.Models;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.ScriptedUpstream.Reply;
import dev.keywheel.web.keys.DecisionLines.Line;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each line of the decision table through the whole system: a server sends the answer, a test
 * requested on the page receives it, and the page of the key shows the result.
 */
@Tag("full")
class DecisionTableTest {
  @AutoClose private static final ScriptedUpstream upstream = new ScriptedUpstream();
  @AutoClose private static final KeysSite site = at(upstream);
  private static final HttpBrowser browser = site.app.browser(site.app.admin());

  private static KeysSite at(ScriptedUpstream upstream) {
    var site = new KeysSite(upstream.base());
    var models = new Models(Map.of(ModelRole.WRITER, List.of(FREE, PAID)));
    var setting = Models.setting("openrouter");
    site.database()
        .runTx(
            tx ->
                new SettingsStore(site.database())
                    .write(tx, site.app.workspace(), setting, models, "test", Instant.now()));
    return site;
  }

  private static Stream<Line> lines() {
    return DecisionLines.all();
  }

  @ParameterizedTest
  @MethodSource("lines")
  void the_page_of_the_key_shows_the_expected_status_and_reason(Line line) {
    var name = "key" + UUID.randomUUID().toString().substring(0, 8);
    upstream.calls(name, line.answer());
    upstream.checks(name, line.check());
    var id = site.add(name, "sk-or-v1-abcdefghijkl-" + name);
    var before = Instant.now();
    assertThat(test(id, line.model()).location()).isEqualTo("/keys/" + id);
    var page = browser.get("/keys/" + id).page();
    assertThat(page.select("h1 ~ .badge, .page-head .badge").first().text())
        .as(page.text())
        .isEqualTo(line.status());
    assertThat(page.text()).contains(line.why());
    if (!line.decidedByCheck()) {
      assertThat(
              page.select("#tests")
                  .first()
                  .closest("section")
                  .select("dt:contains(Rule) + dd")
                  .text())
          .as("the evidence is stored with the test")
          .contains(line.row().split(" ")[0] + " ");
    }
    if (line.until() != null) {
      var due =
          page.select("td[data-label='Next check'] time").stream()
              .map(time -> Instant.parse(time.attr("datetime")))
              .toList();
      assertThat(due)
          .singleElement()
          .satisfies(
              at ->
                  assertThat(at)
                      .isBetween(
                          line.until().from(before.truncatedTo(ChronoUnit.SECONDS)),
                          line.until().from(Instant.now()).plusSeconds(1)));
      assertThat(page.select("dt:contains(Rule applied) + dd").text())
          .contains(line.row().split(" ")[0] + " ");
    }
  }

  static Stream<Arguments> inconclusiveChecks() {
    return Stream.of(
        Arguments.of(
            ScriptedUpstream.server502(), "The provider answered with an error of its own"),
        Arguments.of(ScriptedUpstream.html(), "A web page came back"),
        Arguments.of(new Reply(200, "{\"data\":{\"lab"), "The provider's answer was cut off"),
        Arguments.of(new Reply(418, "{}"), "The provider's answer was not understood"),
        Arguments.of(
            new Reply(402, "{\"error\":{\"metadata\":{\"limit_source\":\"openrouter_credits\"}}}"),
            "The provider only answered that the account is out of credit"),
        Arguments.of(new Reply(400, "{}"), "The provider calls the request invalid"),
        Arguments.of(ScriptedUpstream.gone(), "No connection to the provider"));
  }

  @ParameterizedTest
  @MethodSource("inconclusiveChecks")
  void an_inconclusive_check_is_shown_with_its_evidence(Reply check, String why) {
    var name = "key" + UUID.randomUUID().toString().substring(0, 8);
    upstream.checks(name, check);
    var id = site.add(name, "sk-or-v1-abcdefghijkl-" + name);
    browser.post("/keys/" + id + "/tests", "view", "/keys/" + id);
    Await.until(
        "the result is shown",
        () -> browser.get("/keys/" + id).text().contains("Its last test had no result: " + why));
    var page = browser.get("/keys/" + id).page();
    assertThat(page.text())
        .contains("Why it is active", "never (tried")
        .doesNotContain("Not tested or used yet");
    assertThat(page.select("#tests").first().closest("section").select("dt:contains(Rule)"))
        .hasSize(1);
  }

  @Test
  void the_facts_of_a_key_are_the_evidence_for_a_status_derived_from_them() {
    var id = site.add("capped", "sk-or-v1-abcdefghijkl-capped");
    upstream.checks(
        "capped",
        new Reply(
            200, "{\"data\":{\"limit\":10,\"limit_remaining\":0,\"limit_reset\":\"daily\"}}"));
    browser.post("/keys/" + id + "/tests", "view", "/keys/" + id);
    Await.until(
        "it is limited",
        () -> browser.get("/keys/" + id).text().contains("spending cap is used up"));
    assertThat(browser.get("/keys/" + id).text())
        .contains(
            "Rule applied R1 usable answer > R7 key limit",
            "the provider knows the key, but its cap is used up; cap $10, left $0",
            "Cap remaining $0.00");
  }

  @Test
  void the_limit_of_an_account_is_on_the_pages_of_all_its_keys_which_still_serve_paid_models() {
    var one = site.add("one@acme.org", "sk-or-v1-abcdefghijkl-one");
    var two = site.add("two@acme.org", "sk-or-v1-abcdefghijkl-two");
    var other = site.add("other@bell.org", "sk-or-v1-abcdefghijkl-other");
    for (var id : List.of(one, two)) {
      browser.post("/keys/" + id + "/account", "account", "acme");
    }
    upstream.calls(
        "one", ScriptedUpstream.daily429(Instant.now().plusSeconds(9_000).toEpochMilli()));
    test(one, FREE);
    for (var id : List.of(one, two)) {
      assertThat(browser.get("/keys/" + id).text())
          .contains("Why it is rate limited", "free requests are used up", "acme");
    }
    assertThat(browser.get("/keys/" + other).text()).contains("Why it is active");
    assertThat(test(two, PAID).location()).isEqualTo("/keys/" + two);
    assertThat(browser.get("/keys/" + two).text()).contains("works", "Why it is rate limited");
  }

  /** R15: the key check does not show the limit, and its end is known. */
  @Test
  void
      a_test_of_a_key_at_its_daily_limit_of_free_models_says_that_it_works_and_when_the_limit_ends() {
    var id = site.add("day@acme.org", "sk-or-v1-abcdefghijkl-day");
    upstream.calls(
        "day",
        ScriptedUpstream.daily429(Instant.now().plusSeconds(7_200).toEpochMilli()),
        ScriptedUpstream.ok());
    test(id, FREE);
    assertThat(browser.get("/keys/" + id).text())
        .contains("The key is not used until", "the reset time given by the provider");
    browser.post("/keys/" + id + "/tests", "view", "/keys/" + id);
    assertThat(browser.get("/keys/" + id).text())
        .contains("day@acme.org works (", "; its daily limit of free models ends at")
        .contains("It passes the key check; its daily limit of free models ends at")
        .contains("Why it is rate limited");
    assertThat(test(id, PAID).location()).isEqualTo("/keys/" + id);
    assertThat(browser.get("/keys/" + id).text()).contains("Why it is rate limited");
    test(id, FREE);
    assertThat(browser.get("/keys/" + id).text()).contains("Why it is active");
  }

  /** R19: the answer does not concern the key, and pauses the whole pool. */
  @Test
  void a_blocked_server_address_pauses_the_pool_and_marks_no_key() {
    try (var blocking = new ScriptedUpstream();
        var other = at(blocking)) {
      var id = other.add("edge@acme.org", "sk-or-v1-abcdefghijkl-edge");
      blocking.calls(
          "edge",
          new Reply(429, "<html><title>Error 1015</title></html>", "Content-Type", "text/html"));
      var visitor = other.app.browser(other.app.admin());
      test(visitor, id, FREE);
      assertThat(visitor.get("/keys").text())
          .contains("OpenRouter is paused", "blocks this server's address for every key");
      assertThat(visitor.get("/keys/" + id).text()).contains("Why it is active");
    }
  }

  /** R22 and R30: the deadline of a check is a setting. */
  @ParameterizedTest
  @ValueSource(strings = {"silent", "alive"})
  void a_provider_that_does_not_answer_in_time_marks_no_key(String name) {
    var never = new CountDownLatch(1);
    try {
      upstream.checks("silent", ScriptedUpstream.works().after(never));
      upstream.checks("alive", ScriptedUpstream.alive(never));
      site.database()
          .runTx(
              tx ->
                  new SettingsStore(site.database())
                      .write(
                          tx,
                          site.app.workspace(),
                          RecoverySettings.NAME,
                          new RecoverySettings(1_000, 1),
                          "test",
                          Instant.now()));
      var id = site.add(name + "@acme.org", "sk-or-v1-abcdefghijkl-" + name);
      browser.post("/keys/" + id + "/tests");
      Await.until(
          "the test is over",
          () -> browser.get("/keys/" + id).text().contains("did not answer in time"));
      assertThat(browser.get("/keys/" + id).text()).contains("Why it is active", "No known");
    } finally {
      never.countDown();
    }
  }

  /** R33: only an older import or another tool can have added this key. */
  @Test
  void a_key_with_invalid_characters_fails_and_is_never_sent() {
    var id = site.add("broken@acme.org", "sk-or-v1-abcdefghijkl-br\u00f8ken");
    test(id, FREE);
    var page = browser.get("/keys/" + id).page();
    assertThat(page.select(".page-head .badge").first().text()).isEqualTo("Failed");
    assertThat(page.select(".why strong").first().text())
        .isEqualTo("The key contains invalid characters. Replace it.");
    assertThat(page.select("dt:contains(Rule applied) + dd").first().text())
        .isEqualTo("R33 malformed key");
    assertThat(Stream.concat(upstream.keys().stream(), upstream.checked().stream()))
        .noneMatch(sent -> sent.startsWith("br"));
  }

  @Test
  void a_check_that_says_no_free_request_is_left_limits_the_account_until_midnight() {
    var id = site.add("spent@acme.org", "sk-or-v1-abcdefghijkl-spent");
    upstream.checks(
        "spent",
        new Reply(
            200,
            ScriptedUpstream.works()
                .body()
                .replace(
                    "\"usage\"",
                    "\"free_model_daily_requests\":{\"limit\":50,\"used\":50,\"remaining\":0},\"usage\"")));
    Instant before = nextMidnight();
    browser.post("/keys/" + id + "/tests");
    Await.until(
        "the test is over",
        () -> browser.get("/keys/" + id).text().contains("free requests are used up"));
    var due =
        Instant.parse(
            browser
                .get("/keys/" + id)
                .page()
                .select("td[data-label='Next check'] time")
                .attr("datetime"));
    assertThat(due).isIn(before, nextMidnight()); // they differ if the test runs around midnight
  }

  private static Instant nextMidnight() {
    return Instant.now().truncatedTo(ChronoUnit.DAYS).plus(1, ChronoUnit.DAYS);
  }

  private static HttpBrowser.Answer test(UUID id, String model) {
    return test(browser, id, model);
  }

  private static HttpBrowser.Answer test(HttpBrowser visitor, UUID id, String model) {
    var offers =
        visitor
            .get("/keys/" + id + "/deep-test")
            .page()
            .select("input[name=offer]")
            .eachAttr("value");
    var offer =
        offers.stream()
            .filter(value -> value.split(" ")[0].equals(model))
            .findFirst()
            .orElseThrow(() -> new AssertionError(offers));
    return visitor.post("/keys/" + id + "/deep-tests", "offer", offer);
  }
}

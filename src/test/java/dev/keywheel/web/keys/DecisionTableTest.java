package dev.keywheel.web.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.Models;
import dev.keywheel.article.operation.Role;
import dev.keywheel.settings.Settings;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.ScriptedUpstream.Reply;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each line of the decision table through the whole system: a server answers so, a test asked for
 * on the page goes through it, and the page of the key says so.
 */
class DecisionTableTest {
  private static final String FREE = "test/model:free";
  private static final String PAID = "test/model";
  private static final String GOOD = "Nothing speaks against it.";

  private static ScriptedUpstream upstream;
  private static KeysSite site;
  private static HttpBrowser browser;

  @BeforeAll
  static void start() {
    upstream = new ScriptedUpstream();
    site = new KeysSite(upstream.base());
    browser = site.app.browser(site.app.admin());
    var models = new Models(Map.of(Role.WRITER, List.of(FREE, PAID)));
    var setting = Models.setting("openrouter");
    site.database()
        .runTx(
            tx ->
                new Settings(site.database())
                    .write(tx, site.app.workspace(), setting, models, "test", Instant.now()));
  }

  @AfterAll
  static void stop() {
    site.close();
    upstream.close();
  }

  /** A line of the table: what is answered, and what the page then says. */
  private record Line(
      String row, String model, Reply answer, Reply check, String status, String why, When until) {
    @Override
    public String toString() {
      return row;
    }
  }

  /** When the key is checked again, counted from now; null when no time is known. */
  private interface When {
    Instant from(Instant now);
  }

  private static Stream<Line> lines() {
    return Stream.of(keysOwn(), limits(), notTheKeys()).flatMap(List::stream);
  }

  private static List<Line> keysOwn() {
    var refused = error(401, "User not found.");
    var good = ScriptedUpstream.works();
    return List.of(
        line("R1 usable answer", FREE, ScriptedUpstream.ok(), "Active", GOOD),
        new Line(
            "R2 key refused",
            FREE,
            refused,
            refused,
            "Failed",
            "does not know this key (401)",
            null),
        new Line(
            "R2 a good key refused",
            FREE,
            refused,
            good,
            "Active",
            "Refused, but the key passes",
            null),
        new Line(
            "R13 bare 403",
            FREE,
            error(403, "Forbidden"),
            good,
            "Active",
            "Refused, but the key passes",
            null),
        new Line(
            "R13 bare 403 of a bad key",
            FREE,
            error(403, "Forbidden"),
            refused,
            "Failed",
            "does not know this key",
            null));
  }

  private static List<Line> limits() {
    var reset = Instant.now().plus(Duration.ofHours(30)).truncatedTo(ChronoUnit.SECONDS);
    When inADay = now -> reset;
    When midnight =
        now -> now.atOffset(ZoneOffset.UTC).truncatedTo(ChronoUnit.DAYS).plusDays(1).toInstant();
    var daily =
        "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day";
    return List.of(
        limit(
            "R4 in-flight budget",
            PAID,
            error(
                402,
                "Too many",
                "{\"limit_source\":\"openrouter_in_flight_budget\"}",
                "Retry-After",
                "70"),
            "Active",
            "Too many requests at the same time",
            now -> now.plusSeconds(70)),
        limit(
            "R6 out of credit",
            PAID,
            error(402, "Insufficient credits"),
            "Active",
            "The account is out of credit",
            now -> now.plusSeconds(3600)),
        limit(
            "R6 in debt",
            FREE,
            error(402, "Insufficient credits"),
            "Rate limited",
            "The account is out of credit",
            now -> now.plusSeconds(3600)),
        limit(
            "R7 key limit, 403",
            FREE,
            error(403, "Key limit exceeded (daily limit). Manage it using …"),
            "Rate limited",
            "The key's own spending cap is used up",
            midnight),
        limit(
            "R7 key limit, 402",
            FREE,
            error(
                402,
                "No.",
                "{\"limit_source\":\"openrouter_key_limit\",\"resets_at\":\"" + reset + "\"}"),
            "Rate limited",
            "The key's own spending cap is used up",
            inADay),
        limit(
            "R8 budget",
            FREE,
            error(
                403,
                "Workspace budget exceeded",
                "{\"limit_source\":\"openrouter_workspace_budget\",\"resets_at\":\""
                    + reset
                    + "\"}"),
            "Rate limited",
            "A budget over this key is used up",
            inADay),
        limit(
            "R15 free daily, in milliseconds",
            FREE,
            error(
                429,
                daily,
                "{\"headers\":{\"X-RateLimit-Reset\":\"" + reset.toEpochMilli() + "\"}}"),
            "Rate limited",
            "free requests of this day are used up",
            inADay),
        limit(
            "R15 free daily, in seconds",
            FREE,
            error(429, daily, "{}", "X-RateLimit-Reset", "" + reset.getEpochSecond()),
            "Rate limited",
            "free requests of this day are used up",
            inADay),
        limit(
            "R15 free daily, without a time",
            FREE,
            error(429, "No.", "{\"limit_source\":\"openrouter_free_tier_daily\"}"),
            "Rate limited",
            "free requests of this day are used up",
            midnight),
        limit(
            "R16 free minute",
            FREE,
            error(429, "Rate limit exceeded: free-models-per-min.", "{}", "Retry-After", "40"),
            "Rate limited",
            "Too many free requests in this minute",
            now -> now.plusSeconds(40)),
        limit(
            "R18 bare 429",
            FREE,
            error(429, "Too many requests", "{}", "Retry-After", "90"),
            "Rate limited",
            "Too many requests",
            now -> now.plusSeconds(90)),
        limit(
            "R23 error inside 200",
            FREE,
            new Reply(
                200,
                error(
                        429,
                        daily,
                        "{\"headers\":{\"X-RateLimit-Reset\":\"" + reset.toEpochMilli() + "\"}}")
                    .body()),
            "Rate limited",
            "free requests of this day are used up",
            inADay),
        limit(
            "R27 choice error",
            FREE,
            new Reply(
                200,
                "{\"choices\":[{\"finish_reason\":\"error\",\"message\":{\"content\":\"par\"},\"error\":"
                    + inner(402, "Insufficient credits", "{}")
                    + "}]}"),
            "Rate limited",
            "The account is out of credit",
            now -> now.plusSeconds(3600)));
  }

  private static List<Line> notTheKeys() {
    var names = "{\"provider_name\":\"Acme\",\"raw\":\"invalid x-api-key\"}";
    return Stream.of(
            line("R3", FREE, error(401, "Provider returned error", names)),
            line(
                "R9",
                PAID,
                error(
                    402,
                    "Provider returned error",
                    "{\"provider_name\":\"Acme\",\"raw\":\"Insufficient Balance\"}")),
            line("R10", FREE, ScriptedUpstream.moderation()),
            line("R11", FREE, error(403, "x:free is only available on agentic harnesses")),
            line("R12", FREE, error(403, "Only management keys can perform this operation")),
            line("R14 no endpoint", FREE, error(404, "No endpoints found for x.")),
            line("R14 too long", FREE, error(413, "Request payload too large")),
            line(
                "R14 invalid",
                FREE,
                new Reply(
                    400,
                    "{\"success\":false,\"error\":{\"name\":\"ZodError\",\"message\":\"[…]\"}}")),
            line("R17", FREE, ScriptedUpstream.upstream429()),
            line("R20", FREE, ScriptedUpstream.server502()),
            line("R24 empty", FREE, ScriptedUpstream.empty()),
            line("R24 no choices", FREE, new Reply(200, "{\"choices\":[]}")),
            line(
                "R26",
                FREE,
                new Reply(
                    200, ScriptedUpstream.ok().body().replace("\"stop\"", "\"content_filter\""))),
            line("R31", FREE, ScriptedUpstream.html()),
            line("R32", FREE, new Reply(200, "{\"choices\":[{\"mess")),
            line("R34", FREE, error(418, "I'm a teapot")))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("lines")
  void the_page_of_the_key_says_what_the_line_demands(Line line) {
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
    if (line.until() != null) {
      var due =
          page.select("td[data-label='Check due'] time").stream()
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

  @Test
  void the_limit_of_an_account_is_on_the_pages_of_all_its_keys_and_the_sibling_is_free_for_paid() {
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
          .contains("Why it is rate limited", "free requests of this day", "acme");
    }
    assertThat(browser.get("/keys/" + other).text()).contains("Why it is active");
    assertThat(test(two, PAID).location()).isEqualTo("/keys/" + two);
    assertThat(browser.get("/keys/" + two).text()).contains("works", "Why it is rate limited");
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
    browser.post("/keys/" + id + "/tests");
    dev.keywheel.support.Await.until(
        "the test is over",
        () -> browser.get("/keys/" + id).text().contains("free requests of this day"));
    var due =
        Instant.parse(
            browser
                .get("/keys/" + id)
                .page()
                .select("td[data-label='Check due'] time")
                .attr("datetime"));
    assertThat(due)
        .isEqualTo(
            Instant.now()
                .atOffset(ZoneOffset.UTC)
                .truncatedTo(ChronoUnit.DAYS)
                .plusDays(1)
                .toInstant());
  }

  private static HttpBrowser.Answer test(UUID id, String model) {
    var offers =
        browser
            .get("/keys/" + id + "/deep-test")
            .page()
            .select("input[name=offer]")
            .eachAttr("value");
    var offer =
        offers.stream()
            .filter(value -> value.split(" ")[0].equals(model))
            .findFirst()
            .orElseThrow(() -> new AssertionError(offers));
    return browser.post("/keys/" + id + "/deep-tests", "offer", offer);
  }

  private static Line line(String row, String model, Reply answer, String status, String why) {
    return new Line(row, model, answer, ScriptedUpstream.works(), status, why, null);
  }

  private static Line line(String row, String model, Reply answer) {
    return line(row, model, answer, "Active", GOOD);
  }

  private static Line limit(
      String row, String model, Reply answer, String status, String why, When until) {
    return new Line(row, model, answer, ScriptedUpstream.works(), status, why, until);
  }

  private static Reply error(int status, String message) {
    return error(status, message, "{}");
  }

  private static Reply error(int status, String message, String metadata, String... headers) {
    return new Reply(status, "{\"error\":" + inner(status, message, metadata) + "}", headers);
  }

  private static String inner(int status, String message, String metadata) {
    return "{\"code\":%d,\"message\":\"%s\",\"metadata\":%s}".formatted(status, message, metadata);
  }
}

package dev.keywheel.provider.http;

import static dev.keywheel.provider.http.Samples.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.CheckOutcome.Accepted;
import dev.keywheel.provider.CheckOutcome.Inconclusive;
import dev.keywheel.provider.CheckOutcome.Malformed;
import dev.keywheel.provider.CheckOutcome.Unauthorized;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.provider.http.Observation.End;
import dev.keywheel.provider.http.Observation.Failed;
import dev.keywheel.provider.http.Observation.TransportError;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyCheckTest {

  @Test
  void an_accepted_key_returns_its_facts() {
    var body =
        """
        {"data":{"label":"sk-or-v1-au7...890","limit":100,"limit_remaining":74.5,
         "limit_reset":"monthly","usage":25.5,"usage_daily":1,"is_free_tier":false,
         "is_management_key":false,"creator_user_id":"user_9","expires_at":"2027-12-31T23:59:59Z",
         "rate_limit":{"requests":-1,"interval":"10s"},
         "free_model_daily_requests":{"limit":1000,"used":10,"remaining":990}}}""";
    var facts = facts(body);
    assertThat(facts.account()).isEqualTo("user_9");
    assertThat(facts.limitRemaining()).isEqualTo(new BigDecimal("74.5"));
    assertThat(facts.expiresAt()).isEqualTo(Instant.parse("2027-12-31T23:59:59Z"));
    assertThat(facts.freeDailyLimit()).isEqualTo(1000);
    assertThat(facts.freeDailyRemaining()).isEqualTo(990);
    assertThat(facts.spent()).isFalse();
    assertThat(facts.expired(NOW)).isFalse();
    assertThat(facts.freeDayUsedUp()).isFalse();
    assertThat(facts.limitOpensAt(NOW))
        .isEqualTo(Optional.of(Instant.parse("2026-12-01T00:00:00Z")));
  }

  @Test
  void every_field_may_be_missing_null_or_of_another_type() {
    for (String data :
        new String[] {
          "{}",
          "{\"limit\":null,\"limit_remaining\":null,\"expires_at\":null}",
          "{\"limit\":\"lots\",\"usage\":[],\"is_free_tier\":\"?\",\"expires_at\":7,"
              + "\"free_model_daily_requests\":3}"
        }) {
      var facts = facts("{\"data\":" + data + "}");
      assertThat(facts.account()).isNull();
      assertThat(facts.limit()).isNull();
      assertThat(facts.spent()).isFalse();
      assertThat(facts.expired(NOW)).isFalse();
      assertThat(facts.limitOpensAt(NOW)).isEmpty();
    }
  }

  @Test
  void a_spent_cap_an_expired_key_a_used_up_day_and_a_management_key_are_reported() {
    assertThat(facts("{\"data\":{\"limit\":5,\"limit_remaining\":0}}").spent()).isTrue();
    assertThat(facts("{\"data\":{\"limit\":5,\"limit_remaining\":-0.2}}").spent()).isTrue();
    assertThat(facts("{\"data\":{\"expires_at\":\"2026-11-24T10:00:00Z\"}}").expired(NOW)).isTrue();
    assertThat(
            facts("{\"data\":{\"free_model_daily_requests\":{\"remaining\":0}}}").freeDayUsedUp())
        .isTrue();
    assertThat(facts("{\"data\":{\"is_provisioning_key\":true}}").managementKey()).isTrue();
  }

  @Test
  void a_used_up_budget_that_includes_the_key_counts_like_its_own_limit() {
    var body =
        """
        {"data":{"limit_remaining":50,"budgets":[
          {"scope":"workspace","remaining_usd":0,"resets_at":"2026-12-01T00:00:00Z"},
          {"scope":"member","remaining_usd":3}]}}""";
    assertThat(facts(body).spent()).isTrue();
    assertThat(facts(body).limitOpensAt(NOW))
        .isEqualTo(Optional.of(Instant.parse("2026-12-01T00:00:00Z")));
    assertThat(facts("{\"data\":{\"effective_budget\":{\"remaining_usd\":0}}}").spent()).isTrue();
    assertThat(facts("{\"data\":{\"budgets\":[{\"remaining_usd\":0.01}]}}").spent()).isFalse();
  }

  @Test
  void a_used_up_budget_without_a_reset_does_not_reset_with_the_cap_of_the_key() {
    var body =
        """
        {"data":{"limit_remaining":50,"limit_reset":"monthly","budget":{"remaining_usd":%s}}}""";
    assertThat(facts(body.formatted("0")).limitOpensAt(NOW)).isEmpty();
    assertThat(facts(body.formatted("1")).limitOpensAt(NOW)).as("the cap itself").isPresent();
  }

  @Test
  void an_organization_id_takes_precedence_over_a_user_id_as_the_account() {
    var body = "{\"data\":{\"organization_id\":\"org_1\",\"creator_user_id\":\"user_1\"}}";
    assertThat(facts(body).account()).isEqualTo("org_1");
  }

  @Test
  void a_401_of_a_key_check_means_that_the_key_is_unauthorized() {
    var outcome = afterCheck(json(401, error(401, "User not found.")));
    assertThat(outcome).isInstanceOf(Unauthorized.class);
    assertThat(outcome.evidence().source()).isEqualTo("key check");
    assertThat(afterCheck(json(200, error(401, "User not found."))))
        .isInstanceOf(Unauthorized.class);
  }

  @ParameterizedTest
  @CsvSource({
    "403, refused_403",
    "500, server",
    "502, server",
    "418, unexpected",
    "402, says_credits",
    "400, invalid_question",
    "404, not_found"
  })
  void other_refusals_do_not_affect_the_key(int status, String kind) {
    assertInconclusive(kind, null, json(status, error(status, "Forbidden")));
  }

  @ParameterizedTest
  @CsvSource({
    "402, openrouter_credits, says_credits",
    "402, openrouter_in_flight_budget, says_in_flight",
    "402, openrouter_key_limit, says_key_cap",
    "403, openrouter_key_limit, says_key_cap",
    "403, openrouter_workspace_budget, says_budget"
  })
  void a_limit_without_further_fields_is_reported_as_its_kind(
      int status, String source, String kind) {
    var body = error(status, "No", "{\"limit_source\":\"" + source + "\"}");
    assertInconclusive(kind, null, json(status, body));
    assertInconclusive(kind, null, json(200, body));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "'limit':5,'limit_remaining':0|R7 key limit|but its cap is used up; cap $5, left $0",
        "'limit':5,'limit_remaining':-0.2|R7 key limit|but its cap is used up; cap $5, over the cap by $0.20",
        "'expires_at':'2026-11-24T10:00:00Z'|R2 key expired|but it has expired; expires 2026-11-24T10:00:00Z",
        "'free_model_daily_requests':{'remaining':0}|R15 free daily|no free requests left today",
        "'is_management_key':true|R12 needs a management key|a management key"
      })
  void the_evidence_for_an_unusable_key_names_the_reason_and_not_that_the_key_works(
      String data, String rule, String words) {
    var seen = afterCheck(json(200, "{\"data\":{" + data.replace('\'', '"') + "}}")).evidence();
    assertThat(seen.rule()).isEqualTo("R1 usable answer > " + rule);
    assertThat(seen.seen().contains(words)).as(seen.seen()).isTrue();
    assertThat(seen.seen().contains("works") || seen.seen().contains("accepts"))
        .as(seen.seen())
        .isFalse();
  }

  @Test
  void a_429_and_an_edge_response_pause_the_checks() {
    assertInconclusive("slow_down", Duration.ofSeconds(5), json(429, error(429, "Slow down")));
    assertInconclusive(
        "slow_down", Duration.ofSeconds(20), json(429, error(429, ""), "retry-after", "20"));
    assertInconclusive("blocked", Duration.ofSeconds(60), page(403, "<html>Error 1020</html>"));
    var limited = "<html>Error 1015</html>";
    assertInconclusive("blocked", Duration.ofSeconds(90), page(429, limited, "retry-after", "90"));
    assertInconclusive(
        "blocked", Duration.ofMinutes(10), page(429, limited, "retry-after", "86400"));
  }

  @Test
  void html_pages_faults_and_timeouts_do_not_change_the_key() {
    assertInconclusive("html", null, page(200, "<html>hello</html>"));
    assertInconclusive("html", null, json(302, "", "location", "/login"));
    assertInconclusive("network", null, new Failed(TransportError.REFUSED));
    assertInconclusive("cut", null, ended(End.CUT, "{\"da"));
    assertInconclusive("timeout", null, new Failed(TransportError.TIMEOUT));
    assertInconclusive("timeout", null, ended(End.LATE, "\n\n"));
    assertInconclusive("too_big", null, ended(End.TOO_BIG, "{\"data\":{"));
    assertInconclusive("unexpected", null, json(200, "{\"hello\":1}"));
    assertInconclusive("unexpected", null, json(200, "hello"));
  }

  @Test
  void a_rejected_credential_of_an_upstream_provider_does_not_fail_the_key() {
    var metadata = "{\"provider_name\":\"Anthropic\",\"raw\":\"x\"}";
    assertInconclusive(
        "of_a_model", null, json(401, error(401, "Provider returned error", metadata)));
  }

  @Test
  void a_key_that_cannot_be_sent_is_malformed() {
    assertThat(afterCheck(new Observation.Unsendable())).isInstanceOf(Malformed.class);
  }

  private static KeyInfo facts(String body) {
    return ((Accepted) afterCheck(json(200, body))).facts();
  }

  private static void assertInconclusive(
      String kind, @org.jspecify.annotations.Nullable Duration retryAfter, Observation seen) {
    var outcome = afterCheck(seen);
    var unknown = (Inconclusive) outcome;
    assertThat(unknown.reason().code()).isEqualTo(kind);
    assertThat(unknown.retryAfter()).isEqualTo(retryAfter);
  }
}

package dev.keywheel.provider;

import static dev.keywheel.provider.http.Samples.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.http.Observation;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.provider.limit.ObservedLimit;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rows of the decision table that are about the key or its account: 2, 4 to 8, 15, 16, 18, 34.
 */
class KeyRowsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "No cookie auth credentials found",
        "Missing Authentication header",
        "No auth credentials found",
        "User not found.",
        "anything else"
      })
  void row_2_a_401_only_makes_the_key_suspect(String message) {
    var outcome = afterChat(json(401, error(401, message)));
    assertThat(outcome).isInstanceOf(KeySuspect.class);
    assertThat(outcome.evidence().rule()).isEqualTo("R2 key refused");
  }

  @Test
  void row_4_the_in_flight_budget_limits_the_account_for_the_stated_time() {
    var seen =
        json(
            402,
            error(
                402,
                "This request would exceed your available credits given your current in-flight"
                    + " requests.",
                "{\"reason\":\"in_flight_budget_exhausted\","
                    + "\"limit_source\":\"openrouter_in_flight_budget\"}"),
            "retry-after",
            "7");
    var observedLimit =
        new ObservedLimit(
            LimitScope.ACCOUNT, LimitClass.PAID, KeyReason.IN_FLIGHT, NOW.plusSeconds(7));
    assertLimited("R4 in-flight budget", observedLimit, afterChat(seen));
  }

  @Test
  void row_4_a_402_that_asks_to_wait_is_in_flight_even_without_a_source() {
    var observedLimit =
        new ObservedLimit(
            LimitScope.ACCOUNT, LimitClass.PAID, KeyReason.IN_FLIGHT, NOW.plusSeconds(9));
    var seen = json(402, error(402, "Credit is reserved"), "retry-after", "9");
    assertLimited("R4 in-flight budget", observedLimit, afterChat(seen));
  }

  @Test
  void row_4_without_a_time_the_wait_is_15_seconds() {
    var seen = json(402, error(402, "", "{\"limit_source\":\"openrouter_in_flight_budget\"}"));
    var observedLimit =
        new ObservedLimit(
            LimitScope.ACCOUNT, LimitClass.PAID, KeyReason.IN_FLIGHT, NOW.plusSeconds(15));
    assertLimited("R4 in-flight budget", observedLimit, afterChat(seen));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "This request requires more credits, or fewer max_tokens. You requested up to 32000 tokens,"
            + " but can only afford 27342. To increase, visit …|27342|false",
        "More credits are required. 128000 token capacity required, 19484 available. To increase,"
            + " create a key with a higher limit|19484|false",
        "Prompt tokens limit exceeded: 14856 > 9376. To increase, visit …|9376|true",
      })
  void row_5_a_request_that_is_too_expensive_gets_the_affordable_size(
      String message, int tokens, boolean prompt) {
    var outcome = afterChat(json(402, error(402, message, "{\"provider_name\":null}")));
    var refused = (InsufficientCredit) outcome;
    assertThat(refused.affordableTokens()).isEqualTo(tokens);
    assertThat(refused.promptTooLong()).isEqualTo(prompt);
    assertThat(outcome.evidence().rule()).isEqualTo("R5 request too expensive");
  }

  @Test
  void row_5_an_affordable_size_in_the_message_takes_precedence_over_the_limit_source() {
    var metadata = "{\"limit_source\":\"openrouter_credits\"}";
    var seen = json(402, error(402, "You can only afford 812", metadata));
    assertThat(((InsufficientCredit) afterChat(seen)).affordableTokens()).isEqualTo(812);
  }

  @Test
  void row_5_a_request_above_the_budget_is_too_expensive_for_the_key() {
    var metadata = "{\"reason\":\"weight_exceeds_budget\",\"limit_source\":\"openrouter_credits\"}";
    var outcome = afterChat(json(402, error(402, "This request exceeds your budget.", metadata)));
    assertThat(((InsufficientCredit) outcome).affordableTokens()).isEqualTo(0);
  }

  @Test
  void row_6_no_credit_limits_the_account_for_paid_models() {
    var metadata = "{\"limit_source\":\"openrouter_credits\"}";
    var seen = json(402, error(402, "Insufficient credits. Add more using …", metadata));
    var observedLimit =
        new ObservedLimit(LimitScope.ACCOUNT, LimitClass.PAID, KeyReason.CREDITS, null);
    assertLimited("R6 out of credit", observedLimit, afterChat(seen));
    assertThat(((KeyLimited) afterChat(seen)).account()).isEqualTo("user_1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Insufficient Balance",
        "Your plan has no credits left for this model",
        "Monthly budget exceeded",
        "Credit limit exceeded, please navigate to …",
        "You have exceeded your monthly included credits for Inference Providers.",
        "Quota exceeded and account balance is $0.0",
        "There is an issue with your billing or payment information"
      })
  void row_6_is_also_recognized_by_other_words_for_credit(String message) {
    assertThat(afterChat(json(402, error(402, message))).evidence().rule())
        .isEqualTo("R6 out of credit");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Payment Required"})
  void row_6_is_assumed_for_a_402_without_a_reason(String message) {
    var outcome = (KeyLimited) afterChat(json(402, error(402, message)));
    assertThat(outcome.evidence().rule()).isEqualTo("R6 bare 402");
    assertThat(outcome.limit().reason()).isEqualTo(KeyReason.CREDITS);
    assertThat(outcome.assumed()).isTrue();
  }

  @Test
  void row_6_a_free_model_refused_for_credit_means_a_debt_that_blocks_everything() {
    var seen = json(402, error(402, "Insufficient credits"));
    var observedLimit =
        new ObservedLimit(LimitScope.ACCOUNT, LimitClass.ALL, KeyReason.CREDITS, null);
    assertLimited("R6 out of credit", observedLimit, afterChat(FREE_MODEL, seen));
  }

  @Test
  void row_6_the_key_is_limited_if_the_message_advises_a_higher_limit_of_the_key() {
    var seen =
        json(
            402,
            error(402, "can only afford 0. To increase, create a key with a higher monthly limit"));
    var until = Instant.parse("2026-12-01T00:00:00Z");
    var observedLimit = new ObservedLimit(LimitScope.KEY, LimitClass.ALL, KeyReason.KEY_CAP, until);
    assertLimited("R6 out of credit", observedLimit, afterChat(seen));
  }

  @ParameterizedTest
  @CsvSource({
    "403, daily, 2026-11-25T00:00:00Z",
    "403, weekly, 2026-11-30T00:00:00Z",
    "402, monthly, 2026-12-01T00:00:00Z",
    "403, total, ",
  })
  void row_7_a_key_s_own_cap_ends_with_its_period(
      int status, String period, @Nullable Instant until) {
    var seen =
        json(status, error(status, "Key limit exceeded (" + period + " limit). Manage it …"));
    var observedLimit = new ObservedLimit(LimitScope.KEY, LimitClass.ALL, KeyReason.KEY_CAP, until);
    assertLimited("R7 key limit", observedLimit, afterChat(seen));
  }

  @Test
  void row_7_a_named_reset_takes_precedence_over_the_period() {
    var metadata =
        "{\"limit_source\":\"openrouter_key_limit\",\"resets_at\":\"2026-11-24T12:00:00Z\"}";
    var seen = json(402, error(402, "Key limit exceeded (daily limit)", metadata));
    var until = Instant.parse("2026-11-24T12:00:00Z");
    assertLimited(
        "R7 key limit",
        new ObservedLimit(LimitScope.KEY, LimitClass.ALL, KeyReason.KEY_CAP, until),
        afterChat(seen));
  }

  @Test
  void row_8_a_used_up_workspace_budget_limits_the_account_until_its_reset() {
    var metadata =
        "{\"limit_source\":\"openrouter_workspace_budget\","
            + "\"resets_at\":\"2026-12-01T00:00:00.000Z\"}";
    var seen = json(403, error(403, "Workspace monthly budget of $500.00 exceeded.", metadata));
    var until = Instant.parse("2026-12-01T00:00:00Z");
    var observedLimit =
        new ObservedLimit(LimitScope.ACCOUNT, LimitClass.ALL, KeyReason.BUDGET, until);
    assertLimited("R8 budget", observedLimit, afterChat(seen));
  }

  @Test
  void row_8_is_also_recognized_by_its_message() {
    var seen = json(403, error(403, "Workspace monthly budget of $500.00 exceeded."));
    var until = Instant.parse("2026-12-01T00:00:00Z");
    var observedLimit =
        new ObservedLimit(LimitScope.ACCOUNT, LimitClass.ALL, KeyReason.BUDGET, until);
    assertLimited("R8 budget", observedLimit, afterChat(seen));
  }

  @ParameterizedTest
  @ValueSource(strings = {"free-models-per-day", "free-models-per-day-high-balance"})
  void row_15_the_daily_free_limit_limits_the_account_for_free_models(String which) {
    var metadata = "{\"headers\":{\"X-RateLimit-Reset\":\"1795564800000\"}}";
    var seen =
        json(429, error(429, "Rate limit exceeded: " + which + ". Add 10 credits …", metadata));
    var observedLimit =
        new ObservedLimit(LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, MIDNIGHT);
    assertLimited("R15 free daily", observedLimit, afterChat(FREE_MODEL, seen));
  }

  @Test
  void row_15_the_name_of_a_provider_beside_the_error_changes_nothing() {
    var metadata = "{\"provider_name\":\"Google AI Studio\"}";
    var seen = json(429, error(429, "Rate limit exceeded: free-models-per-day", metadata));
    var observedLimit =
        new ObservedLimit(LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, null);
    assertLimited("R15 free daily", observedLimit, afterChat(FREE_MODEL, seen));
  }

  @Test
  void row_15_the_limit_source_overrides_the_message() {
    var metadata =
        "{\"limit_source\":\"openrouter_free_tier_daily\",\"raw\":\"rate-limited upstream\"}";
    var seen =
        json(
            429,
            error(429, "Provider returned error", metadata),
            "x-ratelimit-reset",
            "1795550000");
    var until = Instant.ofEpochSecond(1795550000);
    var observedLimit =
        new ObservedLimit(LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, until);
    assertLimited("R15 free daily", observedLimit, afterChat(FREE_MODEL, seen));
  }

  @Test
  void row_16_the_minute_limit_ends_within_a_minute_despite_a_later_reset() {
    var metadata = "{\"headers\":{\"X-RateLimit-Reset\":\"1795564800000\"}}";
    var seen = json(429, error(429, "Rate limit exceeded: free-models-per-min. ", metadata));
    var observedLimit =
        new ObservedLimit(
            LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_MINUTE, NOW.plusSeconds(60));
    assertLimited("R16 free minute", observedLimit, afterChat(FREE_MODEL, seen));
  }

  @Test
  void row_16_a_named_reset_that_is_near_is_used() {
    var metadata =
        "{\"limit_source\":\"openrouter_free_tier_minute\",\"headers\":{\"x-ratelimit-reset\":\"%d\"}}"
            .formatted(NOW.plusSeconds(20).toEpochMilli());
    var observedLimit =
        new ObservedLimit(
            LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_MINUTE, NOW.plusSeconds(20));
    assertLimited("R16 free minute", observedLimit, afterChat(json(429, error(429, "", metadata))));
  }

  @Test
  void row_18_a_429_without_a_reason_limits_the_key_for_the_time_it_names() {
    var observedLimit =
        new ObservedLimit(LimitScope.KEY, LimitClass.ALL, KeyReason.RATE, NOW.plusSeconds(30));
    var seen = json(429, error(429, "Rate limit exceeded"), "retry-after", "30");
    assertLimited("R18 bare 429", observedLimit, afterChat(seen));
  }

  @Test
  void row_18_the_date_of_a_cached_answer_does_not_count_as_a_wrong_clock() {
    var observedLimit =
        new ObservedLimit(LimitScope.KEY, LimitClass.ALL, KeyReason.RATE, NOW.plusSeconds(30));
    var seen =
        json(
            429,
            error(429, "Rate limit exceeded"),
            "date",
            "Tue, 24 Nov 2026 09:50:00 GMT",
            "age",
            "600",
            "retry-after",
            "Tue, 24 Nov 2026 10:00:30 GMT");
    assertLimited("R18 bare 429", observedLimit, afterChat(seen));
  }

  @Test
  void row_18_without_a_time_the_limit_has_no_end() {
    var observedLimit = new ObservedLimit(LimitScope.KEY, LimitClass.ALL, KeyReason.RATE, null);
    assertLimited(
        "R18 bare 429", observedLimit, afterChat(json(429, error(429, "Too many requests"))));
    assertLimited("R18 bare 429", observedLimit, afterChat(json(429, "Too Many Requests")));
  }

  @Test
  void row_34_an_unknown_source_of_a_402_leads_to_a_key_check() {
    var seen = json(402, error(402, "No.", "{\"limit_source\":\"openrouter_moon_phase\"}"));
    assertThat(afterChat(seen)).isInstanceOf(KeySuspect.class);
    assertThat(afterChat(seen).evidence().rule()).isEqualTo("R34 unknown");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"error\":{\"code\":402,\"message\":\"This model requires a paid plan\","
            + "\"type\":\"payment_required\"}}",
        "{\"error\":{\"code\":402,\"message\":\"Payment required for this model.\"}}"
      })
  void row_34_a_402_about_the_model_may_be_about_the_key_or_not(String body) {
    for (Observation seen : List.of(json(402, body), json(402, body, "retry-after", "3600"))) {
      assertThat(((KeySuspect) afterChat(seen)).modelSuspected()).isTrue();
      assertThat(afterChat(seen).evidence().rule()).isEqualTo("R34 unknown");
    }
  }

  private static void assertLimited(String rule, ObservedLimit observedLimit, CallOutcome outcome) {
    var actual = (KeyLimited) outcome;
    assertThat(actual.limit()).isEqualTo(observedLimit);
    assertThat(outcome.evidence().rule()).isEqualTo(rule);
  }

  @Test
  void an_account_that_is_not_named_stays_unknown() {
    var seen = json(402, error(402, "Insufficient credits"));
    assertThat(((KeyLimited) afterChat(seen)).account()).isNull();
  }
}

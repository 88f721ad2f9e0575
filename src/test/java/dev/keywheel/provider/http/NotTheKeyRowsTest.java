package dev.keywheel.provider.http;

import static dev.keywheel.provider.http.Samples.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CallOutcome.KeyLimited;
import dev.keywheel.provider.CallOutcome.KeySuspect;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.RequestError;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.FailureKind.TransientKind;
import dev.keywheel.provider.limit.KeyReason;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 3, 9 to 14, 17, 19, 20 and 34 of the decision table: errors that the key has not caused. */
class NotTheKeyRowsTest {
  private static final String SERVERS_OWN =
      "<html><head><title>%1$s</title></head><body><center><h1>%1$s</h1></center><hr>"
          + "<center>nginx/1.24.0</center></body></html>";

  @Test
  void row_3_a_401_of_an_upstream_provider_is_not_about_our_key() {
    var metadata =
        """
        {"raw":"{\\"type\\":\\"error\\",\\"error\\":{\\"message\\":\\"invalid x-api-key\\"}}",
         "provider_name":"Anthropic"}""";
    assertModel("byok", "R3", json(401, error(401, "Provider returned error", metadata)));
    assertModel("byok", "R3", json(401, error(401, "Provider returned error")));
  }

  @ParameterizedTest
  @CsvSource({
    "401, Invalid API key, byok, R3",
    "401, User not found., byok, R3",
    "402, Insufficient credits, provider_credits, R9"
  })
  void rows_3_and_9_are_also_recognized_by_the_mark_of_a_key_stored_at_the_provider(
      int status, String message, String kind, String row) {
    assertModel(kind, row, json(status, error(status, message, "{\"is_byok\":true}")));
  }

  @ParameterizedTest
  @CsvSource({
    "401, bad key, byok, R3",
    "402, insufficient balance (1008), provider_credits, R9",
    "402, Insufficient credits, provider_credits, R9",
    "429, Request rate increased too quickly., upstream_limited, R17"
  })
  void an_error_whose_message_names_the_provider_is_the_provider_s(
      int status, String message, String kind, String row) {
    assertModel(kind, row, json(status, error(status, "Upstream error from Minimax: " + message)));
  }

  @ParameterizedTest
  @CsvSource({
    "502, Upstream error from Alibaba: Output data may contain inappropriate content.",
    "400, The request failed because the output image may contain sensitive information."
  })
  void row_10_content_that_a_provider_rejects_is_not_requested_again(int status, String message) {
    assertFault("moderation", "R10", json(status, error(status, message)));
    String raw = "{\"raw\":\"" + message + "\",\"provider_name\":\"Seed\"}";
    assertFault("moderation", "R10", json(status, error(status, "Provider returned error", raw)));
  }

  @Test
  void row_9_a_402_of_an_upstream_provider_is_not_about_our_credit() {
    var metadata = "{\"raw\":\"Insufficient Balance\",\"provider_name\":\"DeepSeek\"}";
    assertModel(
        "provider_credits", "R9", json(402, error(402, "Provider returned error", metadata)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"reasons\":[\"self-harm/intent\"],\"flagged_input\":\"Tell me …\","
            + "\"provider_name\":\"Amazon Bedrock\"}",
        "{\"patterns\":[\"ignore all previous instructions\"]}",
        "{\"error_type\":\"content_policy_violation\"}"
      })
  void row_10_moderation_is_the_request_s_fault(String metadata) {
    assertFault("moderation", "R10", json(403, error(403, "No.", metadata)));
  }

  @Test
  void row_10_is_also_recognized_by_its_message() {
    var message = "anthropic/claude requires moderation on Bedrock. Your input was flagged for …";
    assertFault("moderation", "R10", json(403, error(403, message)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Your input was blocked by our content moderation system",
        "This prompt has been flagged by the provider",
      })
  void row_10_moderation_without_details_is_an_error_of_the_request(String message) {
    assertFault("moderation", "R10", json(403, error(403, message)));
  }

  @Test
  void row_13_an_account_that_is_flagged_makes_the_key_suspect() {
    assertThat(afterChat(json(403, error(403, "Your account has been flagged"))))
        .isInstanceOf(KeySuspect.class);
  }

  @Test
  void words_of_a_flagged_text_are_not_read_as_an_error_message() {
    var metadata = "{\"flagged_input\":\"Key limit exceeded (daily limit)\",\"reasons\":[\"x\"]}";
    var message = "Flagged: Key limit exceeded (daily limit)";
    assertFault("moderation", "R10", json(403, error(403, message, metadata)));
  }

  @Test
  void the_word_limit_in_an_unrelated_error_limits_no_key() {
    assertFault("invalid", "R14", json(400, error(400, "Bad text: insufficient credits")));
    assertFault("invalid", "R14", json(400, error(400, "Bad text: free-models-per-day")));
    assertFault("invalid", "R14", json(400, error(400, "Bad text: api key not valid")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "acme/inkling:free is only available on agentic harnesses. Try …",
        "OpenAI is requiring a key to access this model",
      })
  void row_11_a_model_that_does_not_support_this_use_is_a_failure_of_the_model(String message) {
    assertModel("model_type", "R11", json(403, error(403, message)));
  }

  @Test
  void row_11_a_region_restriction_is_a_failure_of_the_model() {
    assertModel("model_type", "R11", json(403, availability(403, "region_restricted")));
  }

  @Test
  void row_12_a_call_to_a_management_endpoint_is_a_fault_of_the_request() {
    var seen = json(403, error(403, "Only management keys can perform this operation"));
    assertFault("wrong_endpoint", "R12", seen);
  }

  @Test
  void row_13_a_403_without_a_reason_only_makes_the_key_suspect() {
    assertThat(afterChat(json(403, error(403, "Forbidden")))).isInstanceOf(KeySuspect.class);
    assertThat(afterChat(json(403, "{}"))).isInstanceOf(KeySuspect.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "404|No endpoints found for acme/fake.",
        "404|This model is unavailable for free. The paid version is available now",
        "400|acme/fake is not a valid model ID",
        "404|Not here",
      })
  void row_14_a_model_without_an_endpoint_leads_to_the_next_model(int status, String message) {
    assertModel("no_endpoint", "R14 no endpoint", json(status, error(status, message)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "404|No endpoints found that can handle the requested parameters|{}",
        "400|JSON Schema not supported|{}",
        "400|Provider returned error|{\"raw\":\"response_format is not supported by this model\"}",
        "400|Unsupported parameter: 'temperature'|{}",
      })
  void row_14_a_parameter_that_no_host_supports_leads_to_a_weaker_format(
      int status, String message, String metadata) {
    assertFault(
        "unsupported_parameter", "R14 unsupported", json(status, error(status, message, metadata)));
  }

  @Test
  void row_14_a_filter_that_matches_no_endpoint_is_a_fault_of_the_request() {
    var seen = json(404, availability(404, "constraint_filtered"));
    assertThat(afterStrictChat(seen)).isInstanceOf(RequestError.class);
    assertThat(afterChat(seen)).isInstanceOf(ModelError.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|This endpoint's maximum context length is 8192 tokens",
        "413|Request payload too large",
        "400|prompt is too long: 210000 tokens",
      })
  void row_14_a_request_that_is_too_long_is_reported_as_such(int status, String message) {
    assertFault("too_long", "R14 too long", json(status, error(status, message)));
  }

  @Test
  void row_14_a_validation_report_is_an_invalid_request() {
    var zod = "{\"success\":false,\"error\":{\"name\":\"ZodError\",\"message\":\"[…]\"}}";
    assertFault("invalid", "R14 invalid", json(400, zod));
    assertFault("invalid", "R14 invalid", json(422, error(422, "Invalid argument")));
    assertFault(
        "invalid", "R14 invalid", json(400, error(400, "Input must have at least 1 token.")));
  }

  @ParameterizedTest
  @CsvSource({
    "model_not_found, 400",
    "no_endpoints, 404",
    "model_deprecated, 404",
    "model_unavailable_upstream, 404",
    "free_variant_ended, 404"
  })
  void row_14_an_availability_code_is_enough_without_a_message(String code, int status) {
    assertModel("no_endpoint", "R14 no endpoint", json(status, availability(status, code)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "No endpoints found matching your data policy (Free model training).",
        "No endpoints available matching your guardrail restrictions and data policy."
      })
  void row_14_a_policy_of_the_account_leads_to_another_account(String message) {
    String rule = "R14 data policy or guardrail";
    assertModel("account_policy", rule, json(404, error(404, message)));
    assertModel("account_policy", rule, json(404, availability(404, "privacy_restricted")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"limit_source\":\"upstream_provider_shared_pool\",\"retry_after_seconds\":1}",
        "{\"raw\":\"x:free is temporarily rate-limited upstream. Please retry shortly\","
            + "\"provider_name\":\"Chutes\",\"headers\":{\"Retry-After\":\"1\"}}",
        "{\"provider_name\":\"Liquid\",\"retry_after_seconds\":\"1\"}"
      })
  void row_17_a_limit_of_the_upstream_provider_does_not_affect_the_key(String metadata) {
    var seen = json(429, error(429, "Provider returned error", metadata));
    var error = assertModel("upstream_limited", "R17", seen);
    assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void row_17_exhausted_capacity_is_a_failure_of_the_model() {
    assertModel("upstream_limited", "R17", json(429, availability(429, "capacity_exhausted")));
    assertModel("upstream_limited", "R17", json(429, error(429, "Provider returned error")));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 429, 503})
  void row_19_a_page_of_the_edge_network_means_that_the_address_is_blocked_not_the_key(int status) {
    var page = page(status, "<!DOCTYPE html><title>Attention Required! | Cloudflare</title>");
    var blocked = (AddressBlocked) afterChat(page);
    assertThat(blocked.pause()).isEqualTo(Duration.ofSeconds(60));
    assertThat(blocked.evidence().rule()).isEqualTo("R19 address blocked");
  }

  @ParameterizedTest
  @CsvSource({"5, 60", "300, 300", "86400, 600"})
  void row_19_the_pause_lasts_for_the_time_that_the_edge_network_states_from_1_to_10_minutes(
      String stated, int seconds) {
    var seen = page(429, "<html>Error <b>1015</b></html>", "retry-after", stated);
    assertThat(((AddressBlocked) afterChat(seen)).pause()).isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<title>Access denied | api.example used Cloudflare to restrict access</title>",
        "<h1>Access Denied</h1> Reference&#32;&#35;18&#46;8d4d1402",
        "<h1>Error</h1> <span>1020</span>",
        "<title>Just a moment...</title>",
        "<p>Verifying you are human. This may take a few seconds.</p>",
        "<p>Please complete the CAPTCHA below</p>",
        "<h1>Sorry, you have been\n<b>blocked</b></h1>",
        "<p>You are being rate limited</p>",
        "<p>The owner of this website has banned your IP address</p>",
        "<p>Your IP 203.0.113.7 is temporarily blocked</p>"
      })
  void row_19_the_signs_of_a_block_are_recognized(String page) {
    assertThat(afterChat(page(503, page))).isInstanceOf(AddressBlocked.class);
  }

  @Test
  void row_19_a_challenge_is_recognized_by_its_header() {
    var seen = page(403, "<html></html>", "cf-mitigated", "challenge");
    assertThat(afterChat(seen)).isInstanceOf(AddressBlocked.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<h1>Access denied</h1> <p>Access denied for this model.</p>",
        "<p>The CAPTCHA of the console has expired.</p>",
        "<h1>503 Service Unavailable</h1> Cloudflare Ray ID: 7d1e4d"
      })
  void row_19_one_weak_sign_on_a_server_s_own_page_is_no_block(String page) {
    assertThat(afterChat(page(403, page))).isInstanceOf(KeySuspect.class);
  }

  /** A server behind the edge network may be overloaded, or refuse this one request. */
  @Test
  void row_19_a_page_without_a_sign_of_a_block_is_judged_by_its_status_only() {
    var unauthorized = afterChat(page(401, SERVERS_OWN.formatted("401 Authorization Required")));
    assertThat(((KeySuspect) unauthorized).modelSuspected()).isFalse();
    var forbidden = afterChat(page(403, SERVERS_OWN.formatted("403 Forbidden")));
    assertThat(((KeySuspect) forbidden).modelSuspected()).isTrue();
    var busy = SERVERS_OWN.formatted("429 Too Many Requests");
    var limited = (KeyLimited) afterChat(page(429, busy, "retry-after", "86400"));
    assertThat(limited.limit().reason()).isEqualTo(KeyReason.RATE);
    assertThat(limited.limit().until()).as("of the page, not of the key").isNull();
    var down = page(503, SERVERS_OWN.formatted("503 Service Temporarily Unavailable"));
    assertThat(((Transient) afterChat(down)).kind()).isEqualTo(TransientKind.SERVER);
  }

  @Test
  void row_19_the_short_error_of_the_edge_network_is_recognized() {
    var seen = json(403, "error code: 1020", "content-type", "text/plain");
    assertThat(afterChat(seen)).isInstanceOf(AddressBlocked.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 409, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529, 599})
  void row_20_a_server_error_is_transient(int status) {
    var outcome = afterChat(json(status, error(status, "Provider returned error")));
    assertThat(((Transient) outcome).kind()).isEqualTo(TransientKind.SERVER);
    assertThat(outcome.evidence().rule()).isEqualTo("R20 server");
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 504, 520, 522, 524})
  void row_20_a_page_from_a_broken_server_is_transient(int status) {
    var outcome = afterChat(page(status, "<!DOCTYPE html><title>openrouter.ai | 5xx</title>"));
    assertThat(outcome).isInstanceOf(Transient.class);
  }

  @Test
  void row_20_the_named_retry_time_is_used() {
    var seen = json(503, availability(503, "temporarily_unavailable"), "retry-after", "4");
    assertThat(((Transient) afterChat(seen)).retryAfter()).isEqualTo(Duration.ofSeconds(4));
  }

  @Test
  void row_34_an_unknown_refusal_fails_the_request_and_does_not_change_the_key() {
    assertFault("unknown", "R34", json(418, error(418, "I'm a teapot")));
    assertFault("unknown", "R34", json(451, "no"));
  }

  @Test
  void the_error_formats_of_other_upstreams_are_understood() {
    var quota =
        "{\"error\":{\"message\":\"You exceeded your current quota\",\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}";
    assertThat(((KeyLimited) afterChat(json(429, quota))).limit().reason())
        .isEqualTo(KeyReason.CREDITS);
    var google =
        "[{\"error\":{\"code\":400,\"message\":\"API key not valid. Please pass a valid API key.\",\"status\":\"INVALID_ARGUMENT\"}}]";
    assertThat(afterChat(json(400, google))).isInstanceOf(KeySuspect.class);
    var plain = "{\"error\":\"model 'x' not found\"}";
    assertModel("no_endpoint", "R14", json(404, plain));
    var delay =
        "[{\"error\":{\"code\":429,\"message\":\"Quota\",\"details\":[{\"retryDelay\":\"5s\"}]}}]";
    assertThat(((KeyLimited) afterChat(json(429, delay))).limit().until())
        .isEqualTo(NOW.plusSeconds(5));
  }

  private static String availability(int status, String code) {
    return "{\"error\":{\"code\":%d,\"message\":\"No.\",\"availability\":{\"code\":\"%s\"}}}"
        .formatted(status, code);
  }

  private static ModelError assertModel(String kind, String rule, Observation seen) {
    var outcome = afterChat(seen);
    var error = (ModelError) outcome;
    assertThat(error.kind().code()).isEqualTo("model:" + kind);
    assertThat(outcome.evidence().rule().substring(0, rule.length())).isEqualTo(rule);
    return error;
  }

  private static void assertFault(String kind, String rule, Observation seen) {
    var outcome = afterChat(seen);
    assertThat(((RequestError) outcome).kind().code()).isEqualTo("request:" + kind);
    assertThat(outcome.evidence().rule().substring(0, rule.length())).isEqualTo(rule);
  }
}

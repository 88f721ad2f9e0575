package dev.keywheel.provider.http;

import static dev.keywheel.provider.http.Samples.afterChat;
import static dev.keywheel.provider.http.Samples.json;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of the decision table for the errors of the Messages and the Responses API. */
class OtherApisRowsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "R5 request too expensive | You requested up to 32000 tokens, but can only afford 27342",
        "R6 out of credit    | Insufficient credits. Add more using …",
        "R7 key limit        | Key limit exceeded (total limit)",
        "R8 budget           | Workspace monthly budget exceeded",
        "R6 out of credit    | Your credit balance is too low",
      })
  void the_message_of_a_402_takes_precedence_over_its_type(String row, String message) {
    assertThat(rule(402, messages("billing_error", message, "payment_required"))).isEqualTo(row);
    assertThat(rule(402, messages("billing_error", message, ""))).isEqualTo(row);
    assertThat(rule(200, messages("billing_error", message, "payment_required"))).endsWith(row);
  }

  @ParameterizedTest
  @CsvSource({"billing_error,''", "billing_error,payment_required", "x,payment_required"})
  void a_402_without_a_reason_is_told_from_one_about_credit(String type, String canonical) {
    assertThat(rule(402, messages(type, "Payment required", canonical))).isEqualTo("R6 bare 402");
  }

  @Test
  void a_code_of_a_402_that_is_about_credit_exhausts_the_account() {
    assertThat(rule(402, "{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"No.\"}}"))
        .isEqualTo("R6 out of credit");
    assertThat(rule(402, "{\"error\":{\"type\":\"insufficient_balance\"}}"))
        .isEqualTo("R6 out of credit");
  }

  @ParameterizedTest
  @CsvSource({"billing_error,''", "billing_error,payment_required", "x,payment_required"})
  void a_402_that_asks_to_wait_does_not_exhaust_the_account(String type, String canonical) {
    var seen = json(402, messages(type, "Too many calls at once", canonical), "retry-after", "3");

    assertThat(afterChat(seen).evidence().rule()).isEqualTo("R4 in-flight budget");
  }

  @ParameterizedTest
  @CsvSource({
    "400, invalid_request_error, context_length_exceeded, R14 too long",
    "400, invalid_request_error, content_policy_violation, R10 moderation",
    "400, invalid_request_error, invalid_request, R14 invalid request",
    "200, invalid_request_error, context_length_exceeded, R23 error inside 200 > R14 too long",
    "200, invalid_request_error, '', R23 error inside 200 > R14 invalid request",
    "200, invalid_request_error, invalid_prompt, R23 error inside 200 > R14 invalid request",
    "200, api_error, provider_unavailable, R23 error inside 200 > R20 server",
    "200, api_error, authentication, R23 error inside 200 > R2 key refused",
    "200, overloaded_error, provider_overloaded, R23 error inside 200 > R20 server",
    "200, rate_limit_error, rate_limit_exceeded, R23 error inside 200 > R18 bare 429",
    "200, rate_limit_error, '', R23 error inside 200 > R18 bare 429",
    "200, not_found_error, '', R23 error inside 200 > R14 no endpoint",
    "200, request_too_large, '', R23 error inside 200 > R14 too long",
    "200, permission_error, '', R23 error inside 200 > R13 bare 403",
    "200, overloaded_error, '', R23 error inside 200 > R20 server",
    "200, billing_error, '', R23 error inside 200 > R6 bare 402",
    "200, vendor_error, '', R23 error inside 200"
  })
  void the_canonical_type_in_an_error_of_messages_is_read(
      int status, String type, String canonical, String row) {
    assertThat(rule(status, messages(type, "No.", canonical))).isEqualTo(row);
  }

  @ParameterizedTest
  @CsvSource({
    "authentication, R2 key refused",
    "provider_unavailable, R20 server",
    "content_policy_violation, R10 moderation",
    "payment_required, R6 bare 402"
  })
  void the_canonical_type_of_a_failed_response_is_read(String canonical, String row) {
    String body =
        """
        {"id":"resp_1","status":"failed","error_type":"%s",
         "error":{"code":"server_error","message":"No."}}"""
            .formatted(canonical);

    assertThat(rule(200, body)).isEqualTo("R23 error inside 200 > " + row);
  }

  @ParameterizedTest
  @CsvSource({"rate_limit_exceeded, R18 bare 429", "model_not_found, R14 no endpoint"})
  void the_code_of_a_failed_response_is_read_like_the_status_that_it_stands_for(
      String code, String row) {
    String body =
        "{\"id\":\"resp_1\",\"status\":\"failed\",\"error\":{\"code\":\"%s\",\"message\":\"No.\"}}";

    assertThat(rule(200, body.formatted(code))).isEqualTo("R23 error inside 200 > " + row);
  }

  @Test
  void the_type_of_an_error_is_read_like_its_status_if_its_code_is_unknown() {
    String error = "{\"error\":{\"code\":\"slow_down\",\"type\":\"rate_limit_error\"}}";

    assertThat(rule(200, error)).isEqualTo("R23 error inside 200 > R18 bare 429");
  }

  @ParameterizedTest
  @CsvSource({
    "401, server_error, User not found., R2 key refused",
    "401, server_error, No., R2 key refused",
    "402, server_error, Insufficient credits, R6 out of credit",
    "400, invalid_prompt, No., R14 invalid request",
    "403, image_content_policy_violation, No., R10 moderation",
    "429, rate_limit_exceeded, No., R18 bare 429",
    "500, server_error, No., R20 server"
  })
  void the_status_takes_precedence_over_an_ambiguous_code_of_the_responses_api(
      int status, String code, String message, String row) {
    String body = "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"},\"metadata\":null}";

    assertThat(rule(status, body.formatted(code, message))).isEqualTo(row);
  }

  @ParameterizedTest
  @CsvSource({
    "401, authentication, R3 credential of the upstream provider",
    "402, payment_required, R9 credit of the upstream provider",
    "403, permission_denied, R11 model not for this use",
    "429, rate_limit_exceeded, R17 upstream limited"
  })
  void an_error_with_a_code_of_the_provider_does_not_blame_the_key(
      int status, String canonical, String row) {
    String body =
        """
        {"error":{"code":%d,"message":"No.",
         "metadata":{"error_type":"%s","provider_code":"no"}}}"""
            .formatted(status, canonical);

    assertThat(rule(status, body)).isEqualTo(row);
  }

  /** The name of a provider alone does not show that the error is the provider's. */
  @Test
  void a_402_with_the_name_of_a_provider_may_be_about_the_account_of_the_key() {
    String body =
        """
        {"error":{"code":402,"message":"Insufficient credits",
         "metadata":{"error_type":"payment_required","provider_name":"OpenAI"}}}""";

    assertThat(rule(402, body)).isEqualTo("R6 out of credit");
  }

  @ParameterizedTest
  @CsvSource({"Request blocked: sensitive information detected", "Request blocked by guardrail"})
  void a_request_that_a_guardrail_blocks_does_not_affect_the_key(String message) {
    assertThat(rule(403, messages("permission_error", message, "permission_denied")))
        .isEqualTo("R10 moderation");
  }

  @ParameterizedTest
  @CsvSource({
    "rate_limit_exceeded, 429, Rate limit exceeded, R17 upstream limited",
    "'', 429, Rate limit exceeded, R17 upstream limited",
    "'', 429, Rate limit exceeded: free-models-per-day, R15 free daily",
    "payment_required, 402, No., R9 credit of the upstream provider",
    "payment_required, 402, Insufficient credits, R6 out of credit",
    "permission_denied, 403, No., R11 model not for this use",
    "authentication, 401, User not found., R2 key refused"
  })
  void an_error_in_an_answer_of_a_provider_is_the_provider_s_unless_its_message_says_otherwise(
      String canonical, int code, String message, String row) {
    String error =
        "{\"code\":%d,\"message\":\"%s\",\"metadata\":{\"error_type\":\"%s\"}}"
            .formatted(code, message, canonical);
    String whole = "{\"provider\":\"OpenAI\",\"error\":" + error + "}";
    String choice =
        "{\"provider\":\"OpenAI\",\"choices\":[{\"finish_reason\":\"error\",\"error\":%s}]}"
            .formatted(error);

    assertThat(rule(200, whole)).isEqualTo("R23 error inside 200 > " + row);
    assertThat(rule(200, choice)).isEqualTo("R27 choice error > " + row);
    assertThat(rule(200, "data: " + whole + "\n\n")).isEqualTo("R28 error in the stream > " + row);
  }

  @Test
  void a_refused_request_with_a_provider_s_name_beside_the_error_counts_against_the_key() {
    assertThat(rule(429, "{\"provider\":\"x\",\"error\":{\"code\":429,\"message\":\"No.\"}}"))
        .isEqualTo("R18 bare 429");
  }

  @ParameterizedTest
  @CsvSource({
    "200, invalid_image, R23 error inside 200 > R14 invalid request",
    "200, image_too_large, R23 error inside 200 > R14 invalid request",
    "200, failed_to_download_image, R23 error inside 200 > R14 invalid request",
    "404, image_not_found, R14 invalid request",
    "404, image_file_not_found, R14 invalid request",
    "502, image_download_failed, R20 server"
  })
  void an_unusable_image_is_a_fault_of_the_request(int status, String type, String row) {
    assertThat(rule(status, "{\"error\":{\"code\":\"" + type + "\",\"message\":\"No.\"}}"))
        .isEqualTo(row);
    assertThat(rule(status, messages("invalid_request_error", "No.", type))).isEqualTo(row);
  }

  @ParameterizedTest
  @CsvSource({"429, R18 bare 429", "503, R20 server", "404, R14 no endpoint"})
  void the_status_that_an_error_names_is_read(int named, String row) {
    String body = "{\"error\":{\"code\":\"x\",\"message\":\"No.\",\"http_status\":" + named + "}}";

    assertThat(rule(200, body)).isEqualTo("R23 error inside 200 > " + row);
  }

  private static String messages(String type, String message, String canonical) {
    String more = canonical.isEmpty() ? "" : ",\"error_type\":\"" + canonical + "\"";
    return "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"%s\"%s},\"request_id\":null}"
        .formatted(type, message, more);
  }

  private static String rule(int status, String body) {
    return afterChat(json(status, body)).evidence().rule();
  }
}

package dev.keywheel.web.gateway;

import static dev.keywheel.gateway.ledger.GatewayAttemptState.HTTP_ERROR;
import static dev.keywheel.gateway.ledger.GatewayAttemptState.NOT_SENT;
import static dev.keywheel.gateway.ledger.GatewayAttemptState.TIMEOUT;
import static dev.keywheel.gateway.ledger.GatewayAttemptState.TRUNCATED;
import static dev.keywheel.gateway.ledger.GatewayRequestState.FAILED;
import static dev.keywheel.gateway.ledger.GatewayRequestState.REFUSED;
import static dev.keywheel.gateway.ledger.GatewayRequestState.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.ledger.GatewayAttemptRow;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.gateway.ledger.GatewayRequestRow;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import dev.keywheel.gateway.token.GatewayOperation;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestLineTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "OK, 200, , ''",
    "FAILED, 500, transient:server, 500 provider error",
    "FAILED, 502, model:byok, 502 upstream provider rejected its credentials",
    "REFUSED, 503, no_key_available, 503 no key available",
    "FAILED, 400, request:invalid, 400 request rejected",
    "ABORTED, 503, aborted, ''",
    "TRUNCATED, 200, transient:cut, answer cut off"
  })
  void the_reason_for_a_failure_is_shown_as_text(
      GatewayRequestState state, int status, String code, String shown) {
    assertThat(new RequestLine(row(state, status, code), null, NOW).why()).isEqualTo(shown);
  }

  @Test
  void a_refused_request_shows_the_message_of_its_client() {
    String reason = "not_allowed: This access token may not be used for /v1/embeddings.";
    var line = new RequestLine(row(REFUSED, 403, reason), null, NOW);
    assertThat(line.why()).isEqualTo("403 not allowed");
    assertThat(line.meaning()).isEqualTo("This access token may not be used for /v1/embeddings.");
    var earlier = new RequestLine(row(REFUSED, 403, "not_allowed"), null, NOW);
    assertThat(earlier.why()).isEqualTo("403 not allowed");
    assertThat(earlier.meaning()).isEmpty();
  }

  @Test
  void a_complete_answer_without_content_is_shown_as_empty() {
    var line = new RequestLine(row(GatewayRequestState.OK, 200, "model:empty"), null, NOW);
    assertThat(line.label()).isEqualTo("Empty answer");
    assertThat(line.why()).isEmpty();
    assertThat(line.meaning()).contains("without any content");
    var answered = new RequestLine(row(GatewayRequestState.OK, 200, null), null, NOW);
    assertThat(answered.label()).isEqualTo("Answered");
    assertThat(answered.meaning()).isEmpty();
  }

  @Test
  void a_request_without_a_call_to_a_provider_costs_nothing() {
    var line = new RequestLine(row(REFUSED, 503, "no_key_available"), null, NOW);
    assertThat(new RequestPage(line, List.of(), true).cost())
        .isEqualTo("none: no provider was called");
    assertThat(RequestPage.of(line, List.of(attempt(NOT_SENT), attempt(NOT_SENT)), true).cost())
        .isEqualTo("none: no provider was called");
    assertThat(RequestPage.of(line, List.of(attempt(NOT_SENT), attempt(TIMEOUT)), true).cost())
        .isEqualTo("unknown: the provider reported no cost");
  }

  @Test
  void a_request_that_no_provider_accepted_costs_nothing() {
    var line = new RequestLine(row(FAILED, 400, "request:invalid"), null, NOW);
    var refused = attempt(HTTP_ERROR, 400, null);
    assertThat(RequestPage.of(line, List.of(refused), true).cost())
        .isEqualTo("none: no provider accepted the request");
    assertThat(RequestPage.of(line, List.of(refused, attempt(TRUNCATED)), true).cost())
        .isEqualTo("unknown: the provider reported no cost");
    assertThat(RequestPage.of(line, List.of(attempt(HTTP_ERROR, 500, null)), true).cost())
        .isEqualTo("unknown: the provider reported no cost");
  }

  @Test
  void a_request_without_an_outcome_costs_at_least_what_its_ended_attempts_cost() {
    var cost = new BigDecimal("0.02");
    var line = new RequestLine(row(UNKNOWN, null, null, cost), null, NOW);
    var paid = attempt(GatewayAttemptState.OK, 200, cost);
    var unknown = attempt(GatewayAttemptState.UNKNOWN);
    assertThat(RequestPage.of(line, List.of(paid, unknown), true).cost())
        .isEqualTo("at least $0.0200: the outcome was not stored");
    assertThat(RequestPage.of(line, List.of(paid), true).cost()).isEqualTo("$0.0200");
    var without = new RequestLine(row(UNKNOWN, null, null), null, NOW);
    assertThat(RequestPage.of(without, List.of(unknown), true).cost())
        .isEqualTo("unknown: the outcome was not stored");
  }

  private static GatewayAttemptRow attempt(GatewayAttemptState state) {
    return attempt(state, null, null);
  }

  private static GatewayAttemptRow attempt(
      GatewayAttemptState state, @Nullable Integer status, @Nullable BigDecimal cost) {
    return new GatewayAttemptRow(
        UUID.randomUUID(),
        UUID.randomUUID(),
        1,
        1,
        UUID.randomUUID(),
        "key",
        "openrouter",
        "any/model",
        state,
        status,
        null,
        NOW,
        null,
        null,
        null,
        null,
        cost,
        null);
  }

  private static GatewayRequestRow row(
      GatewayRequestState state, @Nullable Integer status, @Nullable String code) {
    return row(state, status, code, null);
  }

  private static GatewayRequestRow row(
      GatewayRequestState state,
      @Nullable Integer status,
      @Nullable String code,
      @Nullable BigDecimal cost) {
    return new GatewayRequestRow(
        UUID.randomUUID(),
        UUID.randomUUID(),
        UUID.randomUUID(),
        "token",
        GatewayOperation.CHAT,
        "any/model",
        null,
        "openrouter",
        false,
        state,
        status,
        code,
        1,
        null,
        null,
        NOW,
        NOW,
        null,
        null,
        null,
        cost,
        "127.0.0.1",
        null,
        null);
  }
}

package dev.keywheel.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.run.AttemptState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stored attempts as text for users. */
final class OutcomeTextTest {

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "OK, 200, answer, answered",
        "SENT, none, none, no answer yet",
        "HTTP_ERROR, 401, key_suspect, refused: 401 key refused",
        "HTTP_ERROR, 429, key_limited:free_daily, refused: 429 daily free limit",
        "HTTP_ERROR, 429, key_limited:in_flight, refused: 429 too many calls in flight for the account",
        "HTTP_ERROR, 402, too_dear:prompt, refused: 402 prompt too long for the credit",
        "HTTP_ERROR, 503, transient:server, failed: 503 provider error",
        "HTTP_ERROR, 403, key_suspect:perhaps_model, 'refused: 403 key refused, perhaps for this model only'",
        "TIMEOUT, none, timed_out, timed out: no complete answer in time",
        "CANCELLED, none, timed_out, cancelled before the answer was complete",
        "HTTP_ERROR, none, unreachable:dns, failed: unknown host",
        "HTTP_ERROR, none, transient:reset, failed: connection closed",
        "HTTP_ERROR, 200, transient:cut, failed: answer cut off",
        "INVALID, 200, model:content_filter, not usable: blocked by the model's content filter",
        "HTTP_ERROR, 400, brand_new:thing, refused: 400 brand new:thing"
      })
  void every_stored_outcome_has_a_text(
      AttemptState state, @Nullable Integer status, @Nullable String code, String text) {
    assertThat(OutcomeText.sentence(state, status, code)).isEqualTo(text);
  }
}

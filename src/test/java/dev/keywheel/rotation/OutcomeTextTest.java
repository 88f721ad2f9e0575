package dev.keywheel.rotation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What stands in the table of attempts, as people read it. */
final class OutcomeTextTest {

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "ok, 200, answer, answered",
        "sent, none, none, no answer yet",
        "http_error, 401, key_suspect, refused: 401 key refused",
        "http_error, 429, key_limited:free_daily, refused: 429 daily free limit",
        "http_error, 429, key_limited:in_flight, refused: 429 too much in flight for the account",
        "http_error, 402, too_dear:prompt, refused: 402 prompt too long for the credit",
        "http_error, 503, transient:server, refused: 503 error of the provider",
        "timeout, none, timed_out, timed out: no complete answer in time",
        "http_error, none, unreachable:dns, refused: the provider's name is not known here",
        "invalid, 200, model:content_filter, not usable: content filter of the model",
        "http_error, 400, brand_new:thing, refused: 400 brand new:thing"
      })
  void no_word_of_the_table_is_shown_as_it_is(
      String state, @Nullable Integer status, @Nullable String code, String words) {
    assertEquals(words, OutcomeText.told(state, status, code));
  }
}

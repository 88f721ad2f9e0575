package dev.keywheel.web.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.AttemptState;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AttemptLineTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "HTTP_ERROR, none, transient:reset, failed: connection closed",
        "HTTP_ERROR, 200, transient:cut, failed: answer cut off",
        "TIMEOUT, none, timed_out, timed out: no complete answer in time",
        "CANCELLED, none, timed_out, cancelled before the answer was complete",
      })
  void an_aborted_call_may_have_been_charged(
      AttemptState state, @Nullable Integer status, String outcome, String words) {
    var line = line(state, status, outcome);
    assertThat(line.answer()).isEqualTo(words);
    assertThat(line.meaning())
        .isEqualTo(
            "Its answer was not received completely. The provider may have completed it and charged for it."
                + " The model is free, so it cost nothing.");
  }

  @ParameterizedTest
  @CsvSource({
    "0.00000001, Its answer may have cost less than $0.0001.",
    "0.000002, Its answer may have cost up to $0.0082."
  })
  void the_maximum_cost_of_an_answer_is_stated_in_a_sentence(BigDecimal price, String sentence) {
    var offer = new ModelInfo("m/x", "X", 0, 9_000, Set.of(), Set.of(), null, price, null);
    var attempt = attempt("m/x", AttemptState.TIMEOUT, null, "timed_out");
    assertThat(AttemptLine.of("/runs/1", attempt, _ -> Optional.of(offer)).meaning())
        .endsWith(sentence);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "OK, 200, answer",
        "SENT, none, none",
        "HTTP_ERROR, 429, key_limited:free_daily",
        "HTTP_ERROR, none, unreachable:refused"
      })
  void a_call_in_progress_or_with_a_known_outcome_needs_no_explanation(
      AttemptState state, @Nullable Integer status, @Nullable String outcome) {
    assertThat(line(state, status, outcome).meaning()).isEmpty();
  }

  private static AttemptLine line(
      AttemptState state, @Nullable Integer status, @Nullable String outcome) {
    var attempt = attempt("z-ai/glm-4.5-air:free", state, status, outcome);
    return AttemptLine.of("/runs/1", attempt, _ -> Optional.empty());
  }

  private static AttemptView attempt(
      String model, AttemptState state, @Nullable Integer status, @Nullable String outcome) {
    return new AttemptView(
        1,
        1,
        AttemptCause.FIRST,
        new UUID(0, 1),
        "ada",
        model,
        state,
        status,
        outcome,
        null,
        null,
        null,
        null,
        Instant.EPOCH,
        4_096);
  }
}

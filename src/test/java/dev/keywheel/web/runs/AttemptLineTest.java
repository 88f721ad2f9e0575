package dev.keywheel.web.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.AttemptState;
import java.time.Instant;
import java.util.Optional;
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
  void a_call_that_broke_off_may_have_been_charged(
      AttemptState state, @Nullable Integer status, String outcome, String words) {
    var line = line(state, status, outcome);
    assertThat(line.answer()).isEqualTo(words);
    assertThat(line.meaning())
        .isEqualTo(
            "Its answer was not received completely. The provider may have completed and charged it."
                + " The model is free, so it cost nothing.");
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
  void a_call_that_ended_needs_no_explanation(
      AttemptState state, @Nullable Integer status, @Nullable String outcome) {
    assertThat(line(state, status, outcome).meaning()).isEmpty();
  }

  private static AttemptLine line(
      AttemptState state, @Nullable Integer status, @Nullable String outcome) {
    var attempt =
        new AttemptView(
            1,
            1,
            AttemptCause.FIRST,
            new UUID(0, 1),
            "ada",
            "z-ai/glm-4.5-air:free",
            state,
            status,
            outcome,
            null,
            null,
            null,
            null,
            Instant.EPOCH,
            4_096);
    return AttemptLine.of("/runs/1", attempt, _ -> Optional.empty());
  }
}

package dev.keywheel.key.state;

import static dev.keywheel.key.state.Observations.answer;
import static dev.keywheel.key.state.Observations.bare;
import static dev.keywheel.key.state.Observations.facts;
import static dev.keywheel.key.state.Observations.good;
import static dev.keywheel.key.state.Observations.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.ModelClass;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Keys whose limits and failures were recorded by a clock that was ahead. */
class ClockAheadTest {
  private static final Instant NOW = Instant.parse("2026-03-10T14:25:36.500Z");
  private static final Instant AHEAD = NOW.plus(Duration.ofDays(365));
  private static final KeyState LIMITED =
      KeyState.fresh().after(bare(AHEAD), ModelClass.FREE, AHEAD);
  private static final KeyState FAILED = KeyState.fresh().after(refused(AHEAD), AHEAD);

  @Test
  void a_success_ends_limits_and_failures_of_a_clock_that_was_ahead() {
    assertThat(LIMITED.after(answer(NOW), ModelClass.FREE, NOW)).isEqualTo(KeyState.fresh());
    assertThat(LIMITED.after(good(NOW, facts()), NOW).limits()).isEmpty();
    assertThat(FAILED.after(answer(NOW), ModelClass.FREE, NOW).failure()).isNull();
    assertThat(FAILED.after(good(NOW, facts()), NOW).failure()).isNull();
  }

  @Test
  void a_new_refusal_replaces_the_end_of_a_limit_of_a_clock_that_was_ahead() {
    var again = LIMITED.after(bare(NOW), ModelClass.FREE, NOW);
    assertThat(again.shown(ModelClass.FREE).until()).isEqualTo(NOW.plusSeconds(120));
  }
}

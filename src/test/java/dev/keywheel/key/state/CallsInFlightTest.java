package dev.keywheel.key.state;

import static dev.keywheel.key.state.Observations.bare;
import static dev.keywheel.key.state.Observations.limited;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Several calls with one key that were in flight together and are refused for the same reason. */
class CallsInFlightTest {
  private static final Instant FIRST = Instant.parse("2026-03-10T14:25:36.500Z");
  private static final Instant SECOND = FIRST.plusMillis(20);

  @Test
  void refusals_count_once() {
    KeyState two = after(bare(FIRST), bare(SECOND));

    assertThat(two.backoffSteps().get(KeyReason.RATE)).isEqualTo(1);
    assertThat(two.shown(ModelClass.FREE).until()).isEqualTo(SECOND.plusSeconds(60));
  }

  @Test
  void refusals_that_name_the_same_end_change_nothing() {
    Instant end = FIRST.plus(Duration.ofHours(9));

    assertThat(after(spent(FIRST, end), spent(SECOND, end)))
        .isEqualTo(KeyState.fresh().after(spent(FIRST, end), ModelClass.FREE, FIRST));
  }

  private static CallOutcome spent(Instant at, Instant end) {
    return limited(at, LimitScope.ACCOUNT, LimitClass.FREE, KeyReason.FREE_DAILY, end);
  }

  private static KeyState after(CallOutcome first, CallOutcome second) {
    return KeyState.fresh()
        .after(first, ModelClass.FREE, FIRST)
        .after(second, ModelClass.FREE, SECOND);
  }
}

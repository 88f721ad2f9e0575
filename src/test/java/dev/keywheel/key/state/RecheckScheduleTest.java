package dev.keywheel.key.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecheckScheduleTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");

  @ParameterizedTest
  @CsvSource({"PT0S, PT15M", "PT20M, PT20M", "PT23H, PT23H", "PT240H, PT24H"})
  void a_failed_key_is_checked_again_after_as_long_as_it_has_been_failed(
      Duration failed, Duration expected) {
    for (int i = 0; i < 200; i++) {
      assertThat(wait(new UUID(0, i), failed))
          .isBetween(expected, expected.plus(expected.dividedBy(10)));
    }
  }

  @Test
  void keys_that_failed_together_are_not_checked_together() {
    var waits =
        IntStream.range(0, 200).mapToObj(i -> wait(new UUID(0, i), Duration.ZERO)).distinct();
    assertThat(waits.count()).isGreaterThan(50);
  }

  private static Duration wait(UUID key, Duration failed) {
    return Duration.between(NOW, RecheckSchedule.ofFailed(key, NOW.minus(failed), NOW));
  }
}

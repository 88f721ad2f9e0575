package dev.keywheel.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DurationTextTest {
  @Test
  void a_duration_of_almost_a_minute_is_not_sixty_seconds() {
    assertThat(DurationText.of(Duration.ofMillis(59_990))).isEqualTo("59.9 s");
    assertThat(DurationText.of(Duration.ofMillis(4_200))).isEqualTo("4.2 s");
    assertThat(DurationText.of(Duration.ofMillis(60_000))).isEqualTo("1 min");
  }

  @Test
  void a_duration_measured_with_the_clocks_of_two_nodes_is_not_negative() {
    assertThat(DurationText.of(Duration.ofMillis(-200))).isEqualTo("0 ms");
  }
}

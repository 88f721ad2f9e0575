package dev.keywheel.rotation.pause;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutageTest {
  private static final Instant NOW = Instant.parse("2026-03-10T14:25:36Z");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static Instant at(int seconds) {
    return NOW.plusSeconds(seconds);
  }

  private static Outage paused(int seconds) {
    return Outage.paused(null, NOW, at(seconds));
  }

  @ParameterizedTest(name = "a failure {2} s after the beginning of a pause of {0} s")
  @CsvSource({
    // pause, ended by a check after, failure after, continues
    "30, , 30, true",
    "30, , 330, true",
    "30, , 331, false",
    "600, , 900, true",
    "600, , 901, false",
    "600, 60, 360, true",
    "600, 60, 361, false",
    "30, 60, 330, true", // the pause had ended before the check
  })
  void an_outage_continues_for_five_minutes_after_the_end_of_its_pause(
      int pause, Integer check, int failure, boolean continues) {
    var outage = check == null ? paused(pause) : paused(pause).endedByCheck(at(check));

    assertThat(outage.continues(at(failure))).isEqualTo(continues);
    var next = Outage.paused(outage, at(failure), at(failure + 60));
    assertThat(next.began()).isEqualTo(continues ? NOW : at(failure));
    assertThat(next.pauses()).isEqualTo(continues ? 2 : 1);
    assertThat(Outage.nextPause(outage, at(failure))).hasSeconds(continues ? 60 : 30);
  }

  @ParameterizedTest
  @CsvSource({"0, 30", "1, 60", "2, 120", "3, 240", "4, 480", "5, 600", "6, 600", "70, 600"})
  void each_pause_is_twice_as_long_as_the_one_before_up_to_ten_minutes(int pauses, int seconds) {
    Outage outage = null;
    for (int pause = 0; pause < pauses; pause++) {
      outage = Outage.paused(outage, NOW, NOW.plus(MINUTE));
    }
    assertThat(Outage.nextPause(outage, NOW.plus(MINUTE))).hasSeconds(seconds);
  }

  @Test
  void a_check_was_in_vain_if_calls_fail_again_after_it_ended_a_pause() {
    var first = paused(60).endedByCheck(at(10));
    assertThat(first.isPaused(at(9))).isTrue();
    assertThat(first.isPaused(at(10))).isFalse();
    assertThat(first.failedAfterCheck()).isFalse();

    var second = Outage.paused(first, at(20), at(80));
    assertThat(second.failedAfterCheck()).isTrue();
    assertThat(Outage.paused(second, at(80), at(200)).failedAfterCheck())
        .as("in a later pause")
        .isTrue();
    assertThat(Outage.paused(paused(60), at(60), at(90)).failedAfterCheck())
        .as("without a check")
        .isFalse();
  }

  @Test
  void the_duration_of_an_outage_counts_from_its_first_pause() {
    var second = Outage.paused(paused(30), at(40), at(100));
    assertThat(second.lasted(MINUTE, at(90))).hasSeconds(90);
    assertThat(second.lasted(MINUTE, at(50))).isEqualTo(MINUTE);
  }
}

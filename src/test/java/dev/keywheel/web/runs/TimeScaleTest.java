package dev.keywheel.web.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.web.runs.TimeScale.Span;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimeScaleTest {
  private static final Instant START = Instant.parse("2026-03-10T14:25:36Z");

  private static Span span(int from, int to) {
    return new Span(START.plusSeconds(from), START.plusSeconds(to));
  }

  @Test
  void the_axis_ends_at_a_round_time_after_the_last_event() {
    var scale = TimeScale.of(List.of(span(0, 4), span(2, 13)));
    assertThat(scale.ticks()).containsExactly("0 s", "5 s", "10 s", "15 s");
    assertThat(scale.x(START.plusSeconds(3))).isEqualTo(200);
    assertThat(scale.cuts()).isEmpty();
  }

  @Test
  void the_pause_before_a_retry_is_cut_out() {
    var scale = TimeScale.of(List.of(span(0, 10), span(3_600, 3_610)));
    assertThat(scale.ticks()).containsExactly("0 s", "5 s", "10 s", "15 s", "20 s");
    assertThat(scale.cuts()).containsExactly("500.0");
    assertThat(scale.x(START.plusSeconds(3_605))).isEqualTo(750);
    assertThat(scale.x(START.plusSeconds(1_000))).isEqualTo(500);
  }

  @Test
  void long_runs_are_labelled_in_minutes_and_hours() {
    assertThat(TimeScale.of(List.of(span(0, 100))).ticks())
        .containsExactly("0:00", "0:30", "1:00", "1:30", "2:00");
    assertThat(TimeScale.of(List.of(span(0, 20_000))).ticks()).first().isEqualTo("0 h 00");
    assertThat(TimeScale.of(List.of(span(0, 20_000))).ticks()).last().isEqualTo("6 h 00");
  }

  @Test
  void a_run_without_events_has_an_axis_of_the_minimum_length() {
    assertThat(TimeScale.of(List.of()).ticks()).containsExactly("0.0 s", "0.5 s");
  }
}

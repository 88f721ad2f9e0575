package dev.keywheel.provider.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResetTimeTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "1795564800000, 2026-11-25T00:00:00Z",
    "1795564800, 2026-11-25T00:00:00Z",
    "1, 2026-11-24T10:00:01Z",
    "0.5, 2026-11-24T10:00:00.500Z",
    "86400, 2026-11-25T10:00:00Z",
    "12ms, 2026-11-24T10:00:00.012Z",
    "1s, 2026-11-24T10:00:01Z",
    "6m0s, 2026-11-24T10:06:00Z",
    "5.289s, 2026-11-24T10:00:05.289Z",
    "1h2m3s, 2026-11-24T11:02:03Z",
    "2d, 2026-11-26T10:00:00Z",
    "PT90S, 2026-11-24T10:01:30Z",
    "2026-12-01T00:00:00.000Z, 2026-12-01T00:00:00Z",
    "2026-11-24T12:30:00+02:00, 2026-11-24T10:30:00Z",
    "'Tue, 24 Nov 2026 10:00:30 GMT', 2026-11-24T10:00:30Z",
    "' 7 ', 2026-11-24T10:00:07Z",
  })
  void every_known_format_of_a_reset_time_is_read(String text, Instant expected) {
    assertThat(ResetTime.moment(text, NOW)).isEqualTo(Optional.of(expected));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "soon",
        "-5",
        "0",
        "1e9",
        "1s later",
        "m5",
        "PT9999999999H",
        "PT-99999999999999999S",
        "999999999d",
        "999999999999999999",
        "2026-11-24T09:59:59Z",
        "1795500000",
        "2099-01-01T00:00:00Z",
        "2026-13-45T00:00:00Z"
      })
  void an_unreadable_past_or_very_distant_time_is_ignored(String text) {
    assertThat(ResetTime.moment(text, NOW)).isEmpty();
  }

  @Test
  void a_sum_of_many_durations_is_ignored() {
    assertThat(ResetTime.moment("999999999d".repeat(110_000), NOW)).isEmpty();
  }

  @Test
  void a_wait_is_counted_from_now() {
    assertThat(ResetTime.wait("30", NOW, "")).isEqualTo(Optional.of(Duration.ofSeconds(30)));
  }

  @ParameterizedTest
  @CsvSource({
    "'Tue, 24 Nov 2026 11:00:00 GMT', 'Tue, 24 Nov 2026 11:00:07 GMT', 7",
    "'Tue, 24 Nov 2026 09:00:00 GMT', 'Tue, 24 Nov 2026 09:00:07 GMT', 7",
    "'Tue, 24 Nov 2026 09:00:00 GMT', 2026-11-24T09:00:07Z, 7",
    "'Tue, 24 Nov 2026 11:00:00 GMT', 1795518007000, 7",
    "'Tue, 24 Nov 2026 11:00:00 GMT', 7, 7",
    "'Tue, 24 Nov 2026 10:00:05 GMT', 'Tue, 24 Nov 2026 10:00:07 GMT', 7",
    "'Tue, 24 Nov 2020 10:00:00 GMT', 'Tue, 24 Nov 2026 10:00:07 GMT', 7",
    "today, 'Tue, 24 Nov 2026 10:00:07 GMT', 7",
  })
  void a_wait_until_a_point_in_time_is_measured_from_the_upstream_s_date_if_it_is_plausible(
      String date, String text, long seconds) {
    assertThat(ResetTime.wait(text, NOW, date)).contains(Duration.ofSeconds(seconds));
  }

  @Test
  void the_date_of_a_cached_answer_is_not_used_as_the_upstream_s_time() {
    assertThat(ResetTime.date(Map.of("date", "today"))).isEqualTo("today");
    assertThat(ResetTime.date(Map.of("date", "today", "age", "0"))).isEqualTo("today");
    assertThat(ResetTime.date(Map.of("date", "today", "age", "600"))).isEmpty();
    assertThat(ResetTime.date(Map.of("age", "0"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "daily, 2026-11-24T10:00:00Z, 2026-11-25T00:00:00Z",
    "weekly, 2026-11-24T10:00:00Z, 2026-11-30T00:00:00Z",
    "weekly, 2026-11-30T00:00:00Z, 2026-12-07T00:00:00Z",
    "Monthly, 2026-12-31T23:59:59Z, 2027-01-01T00:00:00Z",
  })
  void a_limit_of_a_period_ends_at_the_next_boundary_of_the_period_in_utc(
      String period, Instant now, Instant opens) {
    assertThat(ResetTime.nextPeriod(period, now)).isEqualTo(Optional.of(opens));
  }

  @Test
  void a_word_that_is_not_a_period_has_no_reset_time() {
    assertThat(ResetTime.nextPeriod("total", NOW)).isEmpty();
  }
}

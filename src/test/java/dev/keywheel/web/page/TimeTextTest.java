package dev.keywheel.web.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class TimeTextTest {
  private static final Instant EVENING = Instant.parse("2026-11-29T22:30:00Z");

  @Test
  void a_time_on_another_day_has_its_date() {
    assertThat(TimeText.clockOrDate(Instant.parse("2026-11-29T23:30:00Z"), EVENING))
        .isEqualTo("23:30:00 UTC");
    assertThat(TimeText.clockOrDate(Instant.parse("2026-11-30T00:30:00Z"), EVENING))
        .isEqualTo("30 Nov 2026, 00:30:00 UTC");
  }

  @Test
  void the_day_begins_at_midnight_of_the_user() throws Exception {
    PageZone.in(
        ZoneId.of("Europe/Berlin"),
        () -> {
          assertThat(TimeText.clockOrDate(Instant.parse("2026-11-29T23:30:00Z"), EVENING))
              .isEqualTo("30 Nov 2026, 00:30:00 CET");
          return null;
        });
  }

  @Test
  void a_day_on_which_clocks_are_changed_has_two_offsets() throws Exception {
    PageZone.in(
        ZoneId.of("Europe/Berlin"),
        () -> {
          assertThat(TimeText.day(Instant.parse("2026-10-25T00:59:59Z")))
              .isEqualTo("Sunday 25 Oct 2026, Europe/Berlin (UTC+2)");
          assertThat(TimeText.day(Instant.parse("2026-10-25T01:00:00Z")))
              .isEqualTo("Sunday 25 Oct 2026, Europe/Berlin (UTC+1)");
          return null;
        });
    assertThat(TimeText.day(EVENING)).endsWith(", UTC");
  }

  @Test
  void a_planned_time_that_has_passed_is_shown_as_due() {
    assertThat(TimeText.due(EVENING.plusSeconds(90), EVENING)).isEqualTo("in 2 min");
    assertThat(TimeText.due(EVENING, EVENING)).isEqualTo("due");
    assertThat(TimeText.due(EVENING.minusSeconds(300), EVENING)).isEqualTo("due");
  }
}

package dev.keywheel.web.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.usage.UsageQueries.Order;
import dev.keywheel.usage.UsageTotals;
import java.util.List;
import org.junit.jupiter.api.Test;

class UsagePageTest {
  @Test
  void the_note_about_keys_names_the_days_that_the_last_24_hours_touch() {
    assertThat(noteFrom("2026-11-30T01:00Z")).contains("by day: yesterday and today.");
    assertThat(noteFrom("2026-12-01T00:00Z")).contains("by day: today.");
  }

  private static String noteFrom(String hour) {
    var filter = new UsageFilter(UsagePeriod.DAY, false, UsageGroup.KEY, Order.CALLS);
    var first = new UsageLine(hour, hour, null, UsageTotals.NONE);
    return new UsagePage(filter, List.of(first), List.of(), List.of(), true).groupNote();
  }
}

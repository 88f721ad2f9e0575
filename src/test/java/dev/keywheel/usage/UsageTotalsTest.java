package dev.keywheel.usage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageTotalsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0, ''",
    "2, 3, 66.7",
    "1, 3, 33.3",
    "9_999, 10_000, 99.9",
    "1, 10_000, 0.1",
    "10_000, 10_000, 100",
    "0, 10_000, 0",
  })
  void percentages_are_rounded_but_hide_no_failure_and_no_success(
      String ok, String calls, String shown) {
    assertThat(UsageTotals.percent(number(ok), number(calls))).isEqualTo(shown);
  }

  private static long number(String text) {
    return Long.parseLong(text.replace("_", ""));
  }
}

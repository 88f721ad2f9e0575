package dev.keywheel.web.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestClock;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CspReportsTest {
  private final TestClock clock = new TestClock();
  private final CspReports reports = new CspReports(clock);

  @Test
  void of_many_reports_ten_a_minute_are_logged() {
    assertThat(loggedOf(1_000)).isEqualTo(CspReports.PER_MINUTE);
    clock.tick(Duration.ofSeconds(59));
    assertThat(loggedOf(1_000)).isZero();
    clock.tick(Duration.ofSeconds(2));
    assertThat(loggedOf(1_000)).isEqualTo(CspReports.PER_MINUTE);
  }

  private long loggedOf(int reported) {
    return IntStream.range(0, reported).filter(i -> reports.counted(clock.instant())).count();
  }
}

package dev.keywheel.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class FailurePeriodTest {
  private final TestClock clock = new TestClock();
  private final FailurePeriod period = new FailurePeriod(clock);

  @Test
  void successes_between_failures_begin_no_new_period() {
    assertThat(period.failed()).isTrue();
    for (int i = 0; i < 20; i++) {
      clock.tick(Duration.ofSeconds(10));
      period.succeeded();
      assertThat(period.ended()).isFalse();
      clock.tick(Duration.ofSeconds(10));
      assertThat(period.failed()).isFalse();
    }
  }

  @Test
  void a_period_ends_once_after_a_minute_without_a_failure() {
    period.succeeded();
    assertThat(period.ended()).as("none has begun").isFalse();
    period.failed();
    clock.tick(Duration.ofMinutes(2));
    assertThat(period.ended()).as("nothing has worked since").isFalse();
    period.succeeded();
    assertThat(period.ended()).isTrue();
    assertThat(period.ended()).isFalse();
    assertThat(period.failed()).isTrue();
  }

  @Test
  void a_period_does_not_end_while_something_else_fails() {
    period.failed();
    period.succeeded();
    period.interrupted();
    clock.tick(Duration.ofMinutes(2));
    assertThat(period.ended()).isFalse();
    assertThat(period.failed()).as("the same period").isFalse();
    clock.tick(Duration.ofMinutes(2));
    period.succeeded();
    assertThat(period.ended()).isTrue();
  }

  @Test
  void a_failure_long_after_a_success_begins_a_new_period() {
    period.failed();
    period.succeeded();
    clock.tick(Duration.ofHours(1));
    assertThat(period.failed()).isTrue();
  }
}

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
    assertThat(period.recordFailure()).isTrue();
    for (int i = 0; i < 20; i++) {
      clock.tick(Duration.ofSeconds(10));
      period.recordSuccess();
      assertThat(period.ended()).isFalse();
      clock.tick(Duration.ofSeconds(10));
      assertThat(period.recordFailure()).isFalse();
    }
  }

  @Test
  void a_period_ends_once_after_a_minute_without_a_failure() {
    period.recordSuccess();
    assertThat(period.ended()).as("none has begun").isFalse();
    period.recordFailure();
    clock.tick(Duration.ofMinutes(2));
    assertThat(period.ended()).as("nothing has worked since").isFalse();
    period.recordSuccess();
    assertThat(period.ended()).isTrue();
    assertThat(period.ended()).isFalse();
    assertThat(period.recordFailure()).isTrue();
  }

  @Test
  void a_period_does_not_end_while_something_else_fails() {
    period.recordFailure();
    period.recordSuccess();
    period.recordOtherFailure();
    clock.tick(Duration.ofMinutes(2));
    assertThat(period.ended()).isFalse();
    assertThat(period.recordFailure()).as("the same period").isFalse();
    clock.tick(Duration.ofMinutes(2));
    period.recordSuccess();
    assertThat(period.ended()).isTrue();
  }

  @Test
  void a_failure_long_after_a_success_begins_a_new_period() {
    period.recordFailure();
    period.recordSuccess();
    clock.tick(Duration.ofHours(1));
    assertThat(period.recordFailure()).isTrue();
  }
}

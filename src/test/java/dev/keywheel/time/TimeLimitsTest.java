package dev.keywheel.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TimeLimitsTest {
  private final TimeLimits limits = new TimeLimits();

  @Test
  void a_wait_that_takes_too_long_is_ended_once() throws Exception {
    var ended = new AtomicInteger();

    limits.after(Duration.ZERO, ended::incrementAndGet);
    awaitAnother();
    awaitAnother();

    assertThat(ended).hasValue(1);
  }

  @Test
  void a_wait_that_ended_in_time_is_left_alone() throws Exception {
    var ended = new AtomicInteger();

    limits.after(Duration.ZERO, ended::incrementAndGet).close();
    limits.after(Duration.ofDays(1), ended::incrementAndGet);
    awaitAnother();
    awaitAnother();

    assertThat(ended).hasValue(0);
  }

  @Test
  void a_limit_that_blocks_delays_no_other() throws Exception {
    var stuck = new CompletableFuture<Void>();

    limits.after(Duration.ZERO, stuck::join);
    awaitAnother();

    stuck.complete(null);
  }

  @Test
  void a_latch_that_is_opened_in_time_is_told_from_one_that_is_not() throws Exception {
    var opened = new CountDownLatch(0);

    assertThat(limits.await(opened, Duration.ofDays(1))).isTrue();
    assertThat(limits.await(new CountDownLatch(1), Duration.ZERO)).isFalse();
  }

  /** Waits for a limit that begins after all others, on a thread that may have to be started. */
  private void awaitAnother() throws Exception {
    var passed = new CompletableFuture<Void>();
    limits.after(Duration.ZERO, () -> passed.complete(null));
    passed.get(60, TimeUnit.SECONDS);
  }
}

package dev.keywheel.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TimeLimitsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final TimeLimits limits = new TimeLimits();

  @Test
  void a_wait_that_takes_too_long_is_ended_once() throws Exception {
    var times = new AtomicInteger();
    var ended = new CountDownLatch(1);

    limits.after(
        Duration.ZERO,
        () -> {
          times.incrementAndGet();
          ended.countDown();
        });
    assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
    awaitAnother(Duration.ZERO);
    awaitAnother(Duration.ZERO);

    assertThat(times).hasValue(1);
  }

  @Test
  void a_wait_that_ended_in_time_is_not_interrupted() throws Exception {
    var ended = new AtomicInteger();

    limits.after(SECOND, ended::incrementAndGet).close();
    limits.after(Duration.ofDays(1), ended::incrementAndGet);
    awaitAnother(SECOND);
    awaitAnother(Duration.ZERO);

    assertThat(ended).hasValue(0);
  }

  @Test
  void a_limit_that_blocks_delays_no_other() throws Exception {
    var stuck = new CompletableFuture<Void>();

    limits.after(Duration.ZERO, stuck::join);
    awaitAnother(Duration.ZERO);

    stuck.complete(null);
  }

  @Test
  void a_latch_released_in_time_is_distinguished_from_one_that_is_not() throws Exception {
    var opened = new CountDownLatch(0);

    assertThat(limits.await(opened, Duration.ofDays(1))).isTrue();
    assertThat(limits.await(new CountDownLatch(1), Duration.ZERO)).isFalse();
  }

  @Test
  void a_thread_that_cannot_be_started_does_not_end_other_limits() throws Exception {
    var failing = new AtomicInteger(1);
    var started = new AtomicInteger();
    var limited =
        new TimeLimits(
            task -> {
              if (started.incrementAndGet() == failing.get()) {
                throw new OutOfMemoryError("no thread");
              }
              return Thread.ofVirtual().unstarted(task);
            });
    var orphan = new AtomicInteger();

    assertThatThrownBy(() -> limited.after(Duration.ZERO, orphan::incrementAndGet))
        .hasMessage("no thread");
    failing.set(3); // the second thread watches the limits, the third ends one of them
    var ended = new CountDownLatch(2);
    limited.after(Duration.ZERO, ended::countDown);
    limited.after(Duration.ZERO, ended::countDown);
    assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(started).hasValueGreaterThan(3);
    assertThat(orphan).as("of a wait that did not begin").hasValue(0);
  }

  /** As after {@code docker pause}: the data arrived in time and only has to be read. */
  @Test
  void a_wait_whose_time_passed_while_the_process_stood_still_may_still_end() throws Exception {
    var noticed = new CountDownLatch(1);
    var read = new CountDownLatch(1);
    var still =
        new TimeLimits(
            Thread.ofVirtual().factory(),
            time -> {
              if (time.equals(SECOND)) {
                noticed.countDown();
                assertThatNoException().isThrownBy(read::await);
              }
              return Duration.ofHours(1);
            });
    var ended = new AtomicInteger();
    var checked = new CompletableFuture<Void>();

    var limit = still.after(Duration.ZERO, ended::incrementAndGet);
    assertThat(noticed.await(60, TimeUnit.SECONDS)).isTrue();
    limit.close();
    read.countDown();
    still.after(Duration.ZERO, () -> checked.complete(null));
    checked.get(60, TimeUnit.SECONDS);

    assertThat(ended).hasValue(0);
  }

  /** Waits for a limit that begins after all others; its thread may have to be started. */
  private void awaitAnother(Duration time) throws Exception {
    var passed = new CompletableFuture<Void>();
    limits.after(time, () -> passed.complete(null));
    passed.get(60, TimeUnit.SECONDS);
  }
}

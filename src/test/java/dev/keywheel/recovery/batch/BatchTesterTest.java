package dev.keywheel.recovery.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.Observations;
import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchTesterTest {
  private final ConcurrentLinkedQueue<Thread> answered = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pauses = new AtomicInteger();

  /** Waits until every answered check has returned its result. */
  private final Delayer delayer =
      _ -> {
        pauses.incrementAndGet();
        for (var thread : answered) {
          thread.join();
        }
      };

  @Test
  void a_large_group_is_returned_while_many_results_are_outstanding() throws Exception {
    assertThat(groupOf(GroupWriter.MIN_LARGE_GROUP, 3_000)).isEqualTo(GroupWriter.MIN_LARGE_GROUP);
    assertThat(pauses.get()).isLessThanOrEqualTo(1);
  }

  @Test
  void a_small_group_waits_briefly_for_further_results() throws Exception {
    assertThat(groupOf(GroupWriter.MIN_LARGE_GROUP - 1, 3_000))
        .isEqualTo(GroupWriter.MIN_LARGE_GROUP - 1);
    assertThat(pauses.get()).isGreaterThan(1);
  }

  @Test
  void results_that_fit_into_one_group_are_gathered() throws Exception {
    assertThat(groupOf(GroupWriter.MIN_LARGE_GROUP, 2_000)).isEqualTo(GroupWriter.MIN_LARGE_GROUP);
    assertThat(pauses.get()).isGreaterThan(1);
  }

  /** The size of the first group when this number of keys was answered. */
  private int groupOf(int answers, int keys) throws InterruptedException {
    var all = new CountDownLatch(answers);
    var never = new CountDownLatch(1);
    try (var tester = new BatchTester(keys, delayer)) {
      tester.add(
          keys(keys),
          key -> {
            if (key.keyId().getLeastSignificantBits() >= answers) {
              never.await();
            }
            answered.add(Thread.currentThread());
            all.countDown();
            return Observations.good(Instant.EPOCH, Observations.facts());
          });
      all.await();
      return tester.next(Duration.ofMinutes(1)).size();
    }
  }

  private static List<KeyToTest> keys(int n) {
    return IntStream.range(0, n)
        .mapToObj(i -> new KeyToTest(new UUID(0, i), "key" + i, null, KeyStatus.FAILED, 1))
        .toList();
  }
}

package dev.keywheel.article.run.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.problem.RateLimited;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PoolTurnsTest {
  private static final PoolId POOL = new PoolId(UUID.randomUUID(), "openrouter");
  private static final PoolId OTHER = new PoolId(UUID.randomUUID(), "openrouter");

  @Test
  void forty_concurrent_requests_run_one_after_the_other() throws Exception {
    var turns = new PoolTurns(Duration.ofSeconds(10));
    var working = new AtomicInteger();
    var most = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 40; i++) {
        threads.submit(
            () ->
                turns.inTurn(
                    POOL,
                    () -> {
                      most.accumulateAndGet(working.incrementAndGet(), Math::max);
                      Thread.yield();
                      return working.decrementAndGet();
                    }));
      }
    }
    assertThat(most).hasValue(1);
  }

  @Test
  void a_request_that_waits_too_long_is_rejected_and_another_pool_does_not_wait() throws Exception {
    var turns = new PoolTurns(Duration.ofMillis(50));
    var begun = new CountDownLatch(1);
    var over = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      threads.submit(
          () ->
              turns.inTurn(
                  POOL,
                  () -> {
                    begun.countDown();
                    try {
                      return over.await(10, java.util.concurrent.TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                      throw new IllegalStateException(e);
                    }
                  }));
      begun.await();
      assertThatThrownBy(() -> turns.inTurn(POOL, () -> 1)).isInstanceOf(RateLimited.class);
      assertThat(turns.inTurn(OTHER, () -> 2)).isEqualTo(2);
      over.countDown();
    }
  }
}

package dev.keywheel.article.run.engine;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.problem.RateLimited;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Lets one request of this node at a time begin a run of a pool. They would wait for the pool's row
 * anyway, each with a database connection in its hand; forty would leave none for the pages.
 */
final class PoolTurns {
  private final Map<PoolId, ReentrantLock> turns = new ConcurrentHashMap<>();
  private final Duration within;

  /**
   * @param within how long a request waits for its turn
   */
  PoolTurns(Duration within) {
    this.within = within;
  }

  /**
   * @throws RateLimited when its turn does not come in time
   */
  <T> T inTurn(PoolId pool, Supplier<T> work) {
    var turn = turns.computeIfAbsent(pool, _ -> new ReentrantLock(true));
    try {
      if (!turn.tryLock(within.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new RateLimited(
            "Many runs are being started. Try again in a few seconds.", Duration.ofSeconds(5));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    try {
      return work.get();
    } finally {
      turn.unlock();
    }
  }
}

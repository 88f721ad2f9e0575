package dev.keywheel.article.run.engine;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.problem.RateLimited;
import dev.keywheel.time.SharedValues;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Lets only one request at a time start a run of a pool on this node. Concurrent requests would
 * wait for the lock on the pool's row, each with a database connection, and leave none for the
 * pages.
 */
final class PoolTurns {
  private final SharedValues<PoolId, ReentrantLock> turns =
      new SharedValues<>(() -> new ReentrantLock(true));
  private final Duration maxWait;

  /**
   * @param maxWait how long a request waits for its turn
   */
  PoolTurns(Duration maxWait) {
    this.maxWait = maxWait;
  }

  /**
   * @throws RateLimited when the request does not get its turn in time
   */
  <T> T inTurn(PoolId pool, Supplier<T> work) {
    var turn = turns.begin(pool);
    try {
      return inTurn(turn, work);
    } finally {
      turns.end(pool);
    }
  }

  private <T> T inTurn(ReentrantLock turn, Supplier<T> work) {
    try {
      if (!turn.tryLock(maxWait.toMillis(), TimeUnit.MILLISECONDS)) {
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

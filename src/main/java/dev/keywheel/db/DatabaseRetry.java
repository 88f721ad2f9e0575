package dev.keywheel.db;

import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Repeats a transaction while the database is away for a moment: a restart, a failover, a lock held
 * too long, no free connection. The transaction must be idempotent: when the connection breaks
 * during the commit, an earlier try may have been committed.
 */
public final class DatabaseRetry {
  private static final Duration FIRST_WAIT = Duration.ofMillis(200);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  private final Delayer delayer;
  private final RandomGenerator random;
  private final Duration total;

  /**
   * @param random spreads the tries of many threads, so that they do not all return at once
   * @param total time spent waiting at most, over all tries of one transaction
   */
  public DatabaseRetry(Delayer delayer, RandomGenerator random, Duration total) {
    this.delayer = delayer;
    this.random = random;
    this.total = total;
  }

  /** The same policy with another bound. */
  public DatabaseRetry within(Duration otherTotal) {
    return new DatabaseRetry(delayer, random, otherTotal);
  }

  /**
   * Returns the result of the first try that succeeds. Throws the last error when it is not
   * transient, when the time is used up, or when the thread is interrupted while waiting.
   */
  public <T> T get(Supplier<T> transaction) {
    var waited = Duration.ZERO;
    var backoff = FIRST_WAIT;
    while (true) {
      try {
        return transaction.get();
      } catch (RuntimeException e) {
        var wait = min(spread(backoff), total.minus(waited));
        if (!wait.isPositive() || !TransientErrors.isTransient(e) || !delayer.slept(wait)) {
          throw e;
        }
        waited = waited.plus(wait);
        backoff = min(backoff.multipliedBy(2), LONGEST_WAIT);
      }
    }
  }

  /** As {@link #get} for a transaction without a result. */
  public void run(Runnable transaction) {
    get(
        () -> {
          transaction.run();
          return true;
        });
  }

  /** Between half of the backoff and all of it. */
  private Duration spread(Duration backoff) {
    long half = backoff.toMillis() / 2;
    return Duration.ofMillis(half + random.nextLong(half + 1));
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}

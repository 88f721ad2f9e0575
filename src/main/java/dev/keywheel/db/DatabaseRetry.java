package dev.keywheel.db;

import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Retries a transaction on transient errors: restart, failover, lock timeout, no free connection.
 * The transaction must be idempotent: a connection lost during the commit may hide a committed
 * attempt.
 */
public final class DatabaseRetry {
  private static final Duration FIRST_WAIT = Duration.ofMillis(200);
  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  private final Delayer delayer;
  private final RandomGenerator random;
  private final Duration total;

  /**
   * @param random generates the jitter, so that threads do not all retry at once
   * @param total maximum time spent waiting over all attempts of one transaction
   */
  public DatabaseRetry(Delayer delayer, RandomGenerator random, Duration total) {
    this.delayer = delayer;
    this.random = random;
    this.total = total;
  }

  /** The same retry policy with another limit of the total waiting time. */
  DatabaseRetry within(Duration otherTotal) {
    return new DatabaseRetry(delayer, random, otherTotal);
  }

  /**
   * Returns the result of the first successful attempt. Throws the last error when it is not
   * transient, the total waiting time is used up, or the thread is interrupted while waiting.
   */
  public <T> T get(Supplier<T> transaction) {
    return get(transaction, TransientErrors::isTransient);
  }

  /** Like {@link #get(Supplier)}, but retries the errors that {@code retried} accepts. */
  public <T> T get(Supplier<T> transaction, Predicate<RuntimeException> retried) {
    var waited = Duration.ZERO;
    var backoff = FIRST_WAIT;
    while (true) {
      try {
        return transaction.get();
      } catch (RuntimeException e) {
        var wait = min(spread(backoff), total.minus(waited));
        if (!wait.isPositive() || !retried.test(e) || !delayer.trySleep(wait)) {
          throw e;
        }
        waited = waited.plus(wait);
        backoff = min(backoff.multipliedBy(2), MAX_WAIT);
      }
    }
  }

  /** A random wait between half of the backoff and all of it. */
  private Duration spread(Duration backoff) {
    long half = backoff.toMillis() / 2;
    return Duration.ofMillis(half + random.nextLong(half + 1));
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}

package dev.keywheel.recovery.batch;

import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.limit.InconclusiveReason;
import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tests keys all at the same time, each on a virtual thread of its own, and gives the results to
 * one reader in the order in which they come. A bound keeps the number of open checks within what
 * the machine and the provider bear; keys beyond it wait for a place.
 *
 * <p>{@link #add} and {@link #next} are for one thread, the writer of the results.
 */
public final class BatchTester implements AutoCloseable {
  /** How often a key is asked about again when the provider says: slow down. */
  static final int TRIES_WHEN_SLOWED = 3;

  private static final Duration SLOWED_PAUSE = Duration.ofSeconds(2);

  /**
   * Asked to wait longer than this, a key's test ends unknown: a run may be waiting for the rest.
   */
  private static final Duration LONGEST_SLOWED_PAUSE = Duration.ofSeconds(5);

  /** Results that come close together are written together: up to six times this is waited. */
  private static final Duration GATHER = Duration.ofMillis(15);

  private static final int GATHER_TIMES = 6;
  private static final int LARGEST_GROUP = 2_000;

  /** Tests one key; interrupted when the batch ends early. */
  public interface Check {
    CheckOutcome of(KeyToTest key) throws InterruptedException;
  }

  private final Delayer delayer;
  private final AdaptiveConcurrencyLimiter adaptiveConcurrencyLimiter;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final LinkedBlockingQueue<KeyCheckResult> results = new LinkedBlockingQueue<>();
  private volatile @Nullable Throwable broken;
  private int outstanding;

  public BatchTester(int atOnce, Delayer delayer) {
    this.delayer = delayer;
    this.adaptiveConcurrencyLimiter = new AdaptiveConcurrencyLimiter(atOnce);
  }

  /** Starts the tests; returns at once. */
  public void add(Collection<KeyToTest> keys, Check check) {
    outstanding += keys.size();
    for (var key : keys) {
      threads.execute(() -> test(key, check));
    }
  }

  /** Keys whose results {@link #next} has not given yet. */
  public int outstanding() {
    return outstanding;
  }

  /**
   * Waits for results, and a moment longer for those that come right behind; empty when none.
   *
   * @throws IllegalStateException when a test ended without a result: the batch cannot be finished
   */
  public List<KeyCheckResult> next(Duration atMost) throws InterruptedException {
    var group = new ArrayList<KeyCheckResult>();
    @Nullable KeyCheckResult first = results.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
    if (broken != null) {
      throw new IllegalStateException("A test ended without a result", broken);
    }
    if (first == null) {
      return group;
    }
    group.add(first);
    results.drainTo(group, LARGEST_GROUP - 1);
    int all = Math.min(outstanding, LARGEST_GROUP);
    for (int i = 0; i < GATHER_TIMES && group.size() < all; i++) {
      delayer.sleep(GATHER);
      results.drainTo(group, LARGEST_GROUP - group.size());
    }
    outstanding -= group.size();
    return group;
  }

  /** What has come since {@link #next}, without waiting. */
  List<KeyCheckResult> rest() {
    var rest = new ArrayList<KeyCheckResult>();
    results.drainTo(rest);
    return rest;
  }

  /** Starts no further check while {@code held}; those that are open go on. */
  void hold(boolean held) {
    adaptiveConcurrencyLimiter.shut(held);
  }

  /** No check is open, and none waits to be repeated. */
  boolean quiet() {
    return adaptiveConcurrencyLimiter.quiet() && results.isEmpty();
  }

  /** Ends all that still runs. */
  @Override
  public void close() {
    threads.shutdownNow();
    threads.close();
  }

  private void test(KeyToTest key, Check check) {
    try {
      int attempt = 1;
      while (!asked(key, check, attempt)) {
        attempt++;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the batch ended: nobody reads a result any more
    } catch (Throwable e) {
      broken = e; // whatever it is, the writer must not wait for this key's result for ever
    }
  }

  /** Asks once; false when the provider said to come back later, and later is now. */
  private boolean asked(KeyToTest key, Check check, int attempt) throws InterruptedException {
    int wave = adaptiveConcurrencyLimiter.enter();
    boolean answered = false;
    CheckOutcome.Inconclusive slowed;
    try {
      var outcome = check.of(key);
      answered = !(outcome instanceof CheckOutcome.Inconclusive);
      if (!(outcome instanceof CheckOutcome.Inconclusive inconclusive)
          || inconclusive.reason() != InconclusiveReason.SLOW_DOWN
          || attempt == TRIES_WHEN_SLOWED
          || pauseOf(inconclusive).compareTo(LONGEST_SLOWED_PAUSE) > 0) {
        results.add(new KeyCheckResult(key, outcome));
        return true;
      }
      slowed = inconclusive;
      adaptiveConcurrencyLimiter.hold(wave);
    } finally {
      adaptiveConcurrencyLimiter.leave(answered);
    }
    try {
      delayer.sleep(pauseOf(slowed));
    } finally {
      adaptiveConcurrencyLimiter.release();
    }
    return false;
  }

  private static Duration pauseOf(CheckOutcome.Inconclusive slowed) {
    return slowed.retryAfter() == null ? SLOWED_PAUSE : slowed.retryAfter();
  }
}

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
 * Tests keys concurrently, each on its own virtual thread, and returns the results in the order of
 * their arrival. The number of concurrent checks is limited.
 *
 * <p>{@link #add} and {@link #next} may be called by one thread only, which writes the results.
 */
public final class BatchTester implements AutoCloseable {
  /** Maximum number of attempts to check a key while the provider asks for fewer requests. */
  static final int TRIES_WHEN_SLOWED = 3;

  /** Pause before a retry if the provider names none. */
  private static final Duration SLOWED_PAUSE = Duration.ofSeconds(2);

  /** Maximum pause before a retry; a request for a longer one makes the test inconclusive. */
  private static final Duration LONGEST_SLOWED_PAUSE = Duration.ofSeconds(5);

  /** Interval at which further results are added to a group, up to {@link #GATHER_TIMES} times. */
  private static final Duration GATHER_INTERVAL = Duration.ofMillis(15);

  private static final int GATHER_TIMES = 6;
  private static final int LARGEST_GROUP = 2_000;

  /** Tests one key; the thread is interrupted when the batch ends early. */
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

  /** Starts the tests without waiting for them. */
  public void add(Collection<KeyToTest> keys, Check check) {
    outstanding += keys.size();
    for (var key : keys) {
      threads.execute(() -> test(key, check));
    }
  }

  /** The number of keys whose results {@link #next} has not returned yet. */
  public int outstanding() {
    return outstanding;
  }

  /**
   * Waits up to {@code atMost} for a result, and then briefly for further results; empty when none
   * arrives. While more results are outstanding than fit into one group, a group is returned once
   * it is large enough for its own transaction, to be written while others arrive.
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
    int enough = outstanding > LARGEST_GROUP ? GroupWriter.MIN_LARGE_GROUP : outstanding;
    for (int i = 0; i < GATHER_TIMES && group.size() < enough; i++) {
      delayer.sleep(GATHER_INTERVAL);
      results.drainTo(group, LARGEST_GROUP - group.size());
    }
    outstanding -= group.size();
    return group;
  }

  /** The results that {@link #next} has not returned yet, without waiting. */
  List<KeyCheckResult> drain() {
    var rest = new ArrayList<KeyCheckResult>();
    results.drainTo(rest);
    return rest;
  }

  /** Starts no further check while {@code held}; checks in progress continue. */
  void hold(boolean held) {
    adaptiveConcurrencyLimiter.suspend(held);
  }

  /** Whether no check is in progress, none waits to be repeated, and no result is left. */
  boolean isIdle() {
    return adaptiveConcurrencyLimiter.isIdle() && results.isEmpty();
  }

  /** Interrupts all checks in progress and waits until their threads end. */
  @Override
  public void close() {
    threads.shutdownNow();
    threads.close();
  }

  private void test(KeyToTest key, Check check) {
    try {
      int attempt = 1;
      while (!tryOnce(key, check, attempt)) {
        attempt++;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the batch has ended
    } catch (Throwable e) {
      broken = e; // the writer must not wait for this result forever
    }
  }

  /** Makes one attempt. False after a pause that the provider asked for: the check is repeated. */
  private boolean tryOnce(KeyToTest key, Check check, int attempt) throws InterruptedException {
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

package dev.keywheel.recovery.batch;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Limits the number of concurrent checks. When the provider asks for fewer requests, the limit is
 * halved, once for each wave: the checks that started since it was last halved. Every conclusive
 * answer raises the limit by one, up to the initial limit.
 */
final class AdaptiveConcurrencyLimiter {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final int initialLimit;
  private int limit;
  private int inside;
  private int holds;
  private int wave;
  private boolean suspended;

  /**
   * @param initialLimit the setting {@code atOnce}, or less if {@link SocketBudget} has fewer
   */
  AdaptiveConcurrencyLimiter(int initialLimit) {
    this.initialLimit = initialLimit;
    this.limit = initialLimit;
  }

  /** Waits for a permit; returns the number of its wave, for {@link #hold}. */
  int enter() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (suspended || holds > 0 || inside >= limit) {
        changed.await();
      }
      inside++;
      return wave;
    } finally {
      lock.unlock();
    }
  }

  /** Returns the permit; a conclusive answer ({@code answered}) raises the limit. */
  void leave(boolean answered) {
    lock.lock();
    try {
      inside--;
      if (answered && limit < initialLimit) {
        limit++;
        changed.signal();
      }
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Grants no permit until {@link #release}; halves the limit, once for each wave. */
  void hold(int ofWave) {
    lock.lock();
    try {
      holds++;
      if (ofWave == wave) {
        wave++;
        limit = Math.max(1, limit / 2);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends one {@link #hold}. */
  void release() {
    lock.lock();
    try {
      holds--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Grants no permit while {@code suspended}; checks in progress continue. */
  void suspend(boolean suspended) {
    lock.lock();
    try {
      this.suspended = suspended;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether no check is in progress and none waits to be repeated. */
  boolean isIdle() {
    lock.lock();
    try {
      return inside == 0 && holds == 0;
    } finally {
      lock.unlock();
    }
  }
}

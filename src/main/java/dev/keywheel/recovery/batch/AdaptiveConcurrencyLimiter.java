package dev.keywheel.recovery.batch;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many checks are open at the same moment. An upstream that asks to slow down halves the
 * number, once for each wave however many of its answers say so; every answer that is one lets it
 * grow by one again, up to where it began.
 */
final class AdaptiveConcurrencyLimiter {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final int most;
  private int limit;
  private int inside;
  private int holds;
  private int wave;
  private boolean shut;

  AdaptiveConcurrencyLimiter(int most) {
    this.most = most;
    this.limit = most;
  }

  /** Waits for a place; returns the wave it belongs to. */
  int enter() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (shut || holds > 0 || inside >= limit) {
        changed.await();
      }
      inside++;
      return wave;
    } finally {
      lock.unlock();
    }
  }

  /** Gives the place back; {@code answered}: the upstream served this one as it should. */
  void leave(boolean answered) {
    lock.lock();
    try {
      inside--;
      if (answered && limit < most) {
        limit++;
        changed.signal();
      }
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Lets nobody in until {@link #release}, and fewer afterwards. */
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

  void release() {
    lock.lock();
    try {
      holds--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Lets nobody in while {@code shut}; who is inside goes on. */
  void shut(boolean shut) {
    lock.lock();
    try {
      this.shut = shut;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nobody is inside, and nobody waits to be asked again. */
  boolean quiet() {
    lock.lock();
    try {
      return inside == 0 && holds == 0;
    } finally {
      lock.unlock();
    }
  }

  int limit() {
    lock.lock();
    try {
      return limit;
    } finally {
      lock.unlock();
    }
  }
}

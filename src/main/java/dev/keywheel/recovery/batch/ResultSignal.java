package dev.keywheel.recovery.batch;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells askers on this node that a batch wrote something; those on other nodes look by themselves.
 */
public final class ResultSignal {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition rung = lock.newCondition();
  private long rings;

  /** To be read before looking, and given to {@link #await}: no ring between is missed. */
  public long rings() {
    lock.lock();
    try {
      return rings;
    } finally {
      lock.unlock();
    }
  }

  public void ring() {
    lock.lock();
    try {
      rings++;
      rung.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for a ring after {@code since}, at most so long; returns the time that was not needed.
   */
  public Duration await(long since, Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (rings == since && left > 0) {
        left = rung.awaitNanos(left);
      }
      return Duration.ofNanos(Math.max(0, left));
    } finally {
      lock.unlock();
    }
  }
}

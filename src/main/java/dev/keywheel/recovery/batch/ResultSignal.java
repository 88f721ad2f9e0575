package dev.keywheel.recovery.batch;

import dev.keywheel.time.Deadline;

/** Wakes waiting callers on this node when a batch has stored results; other nodes poll. */
public final class ResultSignal {
  private long count;

  /** The number of signals. Read it before the results; {@link #await} then misses no signal. */
  public synchronized long count() {
    return count;
  }

  /** Wakes all waiting callers. */
  public synchronized void signal() {
    count++;
    notifyAll();
  }

  /** Waits for a signal after {@code since}, until the deadline. */
  public synchronized void await(long since, Deadline deadline) throws InterruptedException {
    while (count == since && !deadline.passed()) {
      wait(Math.max(1, deadline.left().toMillis()));
    }
  }
}

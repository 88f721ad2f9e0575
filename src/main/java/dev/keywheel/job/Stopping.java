package dev.keywheel.job;

import dev.keywheel.time.Deadline;
import java.time.Duration;

/**
 * Whether this node is stopping. A stopping node starts no new job, operation or provider call;
 * work in progress may finish.
 */
public final class Stopping {
  private boolean begun;

  public synchronized boolean begun() {
    return begun;
  }

  public synchronized void begin() {
    begun = true;
    notifyAll();
  }

  /** Waits for at most this time. Returns true if the node is stopping, or on an interrupt. */
  public synchronized boolean await(Duration time) {
    var deadline = new Deadline(time);
    try {
      while (!begun && !deadline.passed()) {
        wait(Math.max(1, deadline.left().toMillis()));
      }
      return begun;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}

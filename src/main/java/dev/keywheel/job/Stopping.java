package dev.keywheel.job;

/**
 * Whether this node is stopping. A stopping node starts no new job, operation or provider call;
 * work in progress may finish.
 */
public final class Stopping {
  private boolean begun;

  public synchronized boolean begun() {
    return begun;
  }

  /** Marks the node as stopping. */
  public synchronized void begin() {
    begun = true;
  }
}

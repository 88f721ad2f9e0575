package dev.keywheel.gateway.http;

import dev.keywheel.time.Deadline;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Cancels a request from another thread. Only the first reason counts. */
public final class Cancellation {
  private @Nullable Reason reason;
  private @Nullable Runnable ending;

  public enum Reason {
    CLIENT_GONE,
    /** The client does not read its response. */
    CLIENT_STALLED,
    /** A user aborted the request. */
    ABORTED,
    STOPPING
  }

  public synchronized void cancel(Reason why) {
    if (reason != null) {
      return;
    }
    reason = why;
    if (ending != null) {
      ending.run();
    }
    notifyAll();
  }

  /**
   * Replaces the action that ends the current wait when the request is cancelled. Runs the action
   * at once if the request is already cancelled. The action must not block.
   */
  public synchronized void attach(Runnable ending) {
    this.ending = ending;
    if (reason != null) {
      ending.run();
    }
  }

  public synchronized @Nullable Reason reason() {
    return reason;
  }

  /** Waits; ends early when the request is cancelled. */
  public synchronized void sleep(Duration wait) throws InterruptedException {
    var deadline = new Deadline(wait);
    while (reason == null && !deadline.passed()) {
      wait(Math.max(1, deadline.left().toMillis()));
    }
  }
}

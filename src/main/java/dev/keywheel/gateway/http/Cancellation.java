package dev.keywheel.gateway.http;

import dev.keywheel.time.Deadline;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Cancels a request from another thread. Only the first reason is reported. */
public final class Cancellation {
  private @Nullable Reason reason;
  private @Nullable Runnable ending;
  private boolean outlastsClient;
  private boolean over;

  public enum Reason {
    CLIENT_GONE,
    /** The client does not read its response. */
    CLIENT_STALLED,
    /** A user aborted the request. */
    ABORTED,
    STOPPING
  }

  public synchronized void cancel(Reason why) {
    if (reason == null) {
      reason = why;
    } else if (over || why == Reason.CLIENT_GONE) {
      return;
    }
    end(why);
    notifyAll();
  }

  private void end(Reason why) {
    if (!outlastsClient || why != Reason.CLIENT_GONE) {
      over = true;
      if (ending != null) {
        ending.run();
      }
    }
  }

  /**
   * Replaces the action that ends the current wait when the request is cancelled. Runs the action
   * immediately if the request is already cancelled. The action must not block.
   */
  public void attach(Runnable ending) {
    attach(ending, false);
  }

  /**
   * @param outlastsClient whether the wait continues after the client has disconnected, until the
   *     request is cancelled for another reason
   */
  public synchronized void attach(Runnable ending, boolean outlastsClient) {
    this.ending = ending;
    this.outlastsClient = outlastsClient;
    if (over) {
      ending.run();
    } else if (reason != null) {
      end(reason);
    }
  }

  /** Whether the request is cancelled and its current wait does not outlast that. */
  public synchronized boolean isOver() {
    return over;
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

package dev.keywheel.recovery.batch;

/**
 * Limits the number of concurrent checks. When the provider asks for fewer requests, the limit is
 * halved, once for each wave: the checks that started since it was last halved. Every conclusive
 * answer raises the limit by one, up to the initial limit.
 */
final class AdaptiveConcurrencyLimiter {
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
  synchronized int enter() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    while (suspended || holds > 0 || inside >= limit) {
      wait();
    }
    inside++;
    return wave;
  }

  /** Returns the permit; a conclusive answer ({@code answered}) raises the limit. */
  synchronized void leave(boolean answered) {
    inside--;
    if (answered && limit < initialLimit) {
      limit++;
      notify();
    }
    notify();
  }

  /** Grants no permit until {@link #release}; halves the limit, once for each wave. */
  synchronized void hold(int ofWave) {
    holds++;
    if (ofWave == wave) {
      wave++;
      limit = Math.max(1, limit / 2);
    }
  }

  /** Ends one {@link #hold}. */
  synchronized void release() {
    holds--;
    notifyAll();
  }

  /** Grants no permit while {@code suspended}; checks in progress continue. */
  synchronized void suspend(boolean suspended) {
    this.suspended = suspended;
    notifyAll();
  }

  /** Whether no check is in progress and none waits to be repeated. */
  synchronized boolean isIdle() {
    return inside == 0 && holds == 0;
  }
}

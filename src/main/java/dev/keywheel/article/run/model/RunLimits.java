package dev.keywheel.article.run.model;

import dev.keywheel.problem.RateLimited;
import java.time.Duration;

/** Limits of runs that no setting changes; see {@link RunSettings} for the others. */
public final class RunLimits {
  /** Maximum number of calls of a run, without calls that reached no model and cost nothing. */
  public static final int MAX_CALLS = 24;

  /** Number of calls from which the log warns that few are left. */
  public static final int WARN_CALLS = 20;

  /** Number of completion tokens after which a run starts no further call. */
  public static final long MAX_TOKENS = 80_000;

  /** Time in minutes after which a worker starts no further call for a run. */
  public static final int MAX_MINUTES = 15;

  /** Maximum number of queued runs of a pool. */
  public static final int MAX_QUEUED = 50;

  /** Wait before the next try to queue a run when the queue is full. */
  public static final Duration QUEUE_FULL_DELAY = Duration.ofMinutes(1);

  private RunLimits() {}

  /**
   * Checks that a further run of a pool may be queued.
   *
   * @param queued number of queued runs of the pool
   * @throws RateLimited when the queue is full
   */
  public static void requirePlace(int queued) {
    if (queued >= MAX_QUEUED) {
      throw new RateLimited(
          MAX_QUEUED + " runs are already queued. Try again when some have ended.",
          QUEUE_FULL_DELAY);
    }
  }
}

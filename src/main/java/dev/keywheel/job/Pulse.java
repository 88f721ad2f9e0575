package dev.keywheel.job;

import com.github.kagkarlsson.scheduler.event.AbstractSchedulerListener;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Records when the scheduler's threads were last active. A failed poll counts too: the thread is
 * alive, and the database has its own health check.
 */
final class Pulse extends AbstractSchedulerListener {
  private final LongSupplier ticks;
  private volatile long looked;
  private volatile long kept;

  Pulse(LongSupplier ticks) {
    this.ticks = ticks;
    this.looked = ticks.getAsLong();
    this.kept = looked;
  }

  @Override
  public void onSchedulerEvent(SchedulerEventType event) {
    long now = ticks.getAsLong();
    switch (event) {
      case RAN_EXECUTE_DUE -> looked = now;
      case RAN_DETECT_DEAD, RAN_UPDATE_HEARTBEATS -> kept = now;
      case UNEXPECTED_ERROR -> {
        looked = now;
        kept = now;
      }
      case FAILED_HEARTBEAT,
          COMPLETIONHANDLER_ERROR,
          FAILUREHANDLER_ERROR,
          DEAD_EXECUTION,
          FAILED_MULTIPLE_HEARTBEATS,
          UNRESOLVED_TASK -> {}
    }
  }

  /** The longer of the times since the last poll for due jobs and the last work on leases. */
  Duration age() {
    long now = ticks.getAsLong();
    return Duration.ofNanos(now - Math.min(looked, kept));
  }
}

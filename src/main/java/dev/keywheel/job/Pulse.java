package dev.keywheel.job;

import com.github.kagkarlsson.scheduler.event.AbstractSchedulerListener;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When the scheduler's threads were last seen at work. A look that failed counts: the thread lives,
 * and it is the database that is asked about elsewhere.
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

  /** Since the slower of both: looking for due jobs, keeping the leases of running ones. */
  Duration age() {
    long now = ticks.getAsLong();
    return Duration.ofNanos(now - Math.min(looked, kept));
  }
}

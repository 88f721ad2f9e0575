package dev.keywheel.job;

import com.github.kagkarlsson.scheduler.event.AbstractSchedulerListener;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Records when the scheduler's threads were last active. A failed poll counts too: the thread is
 * alive, and the database has its own health check.
 */
final class SchedulerActivity extends AbstractSchedulerListener {
  private final LongSupplier ticks;
  private volatile long lastPoll;
  private volatile long lastLeaseWork;

  SchedulerActivity(LongSupplier ticks) {
    this.ticks = ticks;
    this.lastPoll = ticks.getAsLong();
    this.lastLeaseWork = lastPoll;
  }

  @Override
  public void onSchedulerEvent(SchedulerEventType event) {
    long now = ticks.getAsLong();
    switch (event) {
      case RAN_EXECUTE_DUE -> lastPoll = now;
      case RAN_DETECT_DEAD, RAN_UPDATE_HEARTBEATS -> lastLeaseWork = now;
      case UNEXPECTED_ERROR -> {
        lastPoll = now;
        lastLeaseWork = now;
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
    return Duration.ofNanos(now - Math.min(lastPoll, lastLeaseWork));
  }
}

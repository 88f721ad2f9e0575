package dev.keywheel;

import dev.keywheel.job.Stopping;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.time.Delayer;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** First step of a shutdown: no new work starts, and provider calls in flight may finish. */
final class CallShutdown implements AutoCloseable {
  /** Calls still in flight after this time are aborted, and their outcome is unknown. */
  static final Duration FINISH_WITHIN = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(CallShutdown.class);

  private final Stopping stopping;
  private final CallExecutor calls;
  private final Delayer delayer;

  CallShutdown(Stopping stopping, CallExecutor calls, Delayer delayer) {
    this.stopping = stopping;
    this.calls = calls;
    this.delayer = delayer;
  }

  /** Does not wait for the calls; closing {@code Jobs} does. */
  @Override
  public void close() {
    stopping.begin();
    Thread.startVirtualThread(this::abortUnfinished);
    var out = calls.stop();
    int count = out.values().stream().mapToInt(Integer::intValue).sum();
    log.info("Stopping: finishing {} {}", count, count == 1 ? "call" : "calls");
    calls.logFinishing(out);
  }

  private void abortUnfinished() {
    if (delayer.trySleep(FINISH_WITHIN)) {
      calls.abortAll();
    }
  }
}

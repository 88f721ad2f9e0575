package dev.keywheel.job;

import com.github.kagkarlsson.scheduler.task.Execution;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import dev.keywheel.db.TransientErrors;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs when jobs begin to fail, and when they work again. */
final class JobFailureLog {
  private static final Logger log = LoggerFactory.getLogger(JobFailureLog.class);

  private JobFailureLog() {}

  /** Logs the first of a series of failures; transient database errors without a stack trace. */
  static void logFailure(ExecutionComplete complete, Duration wait) {
    var execution = complete.getExecution();
    if (execution.consecutiveFailures > 0) {
      return;
    }
    var cause = complete.getCause().orElse(null);
    var job = execution.getTaskName() + " " + execution.getId();
    if (TransientErrors.isTransient(cause)) {
      log.warn("Job {} failed: {}; next try in {} s", job, String.valueOf(cause), wait.toSeconds());
    } else {
      log.error("Job {} failed; next try in {} s", job, wait.toSeconds(), cause);
    }
  }

  static void logRecovery(Execution execution) {
    if (execution.consecutiveFailures > 0) {
      log.info(
          "Job {} {} works again; consecutive failures before: {}",
          execution.getTaskName(),
          execution.getId(),
          execution.consecutiveFailures);
    }
  }
}

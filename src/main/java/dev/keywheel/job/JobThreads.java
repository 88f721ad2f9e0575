package dev.keywheel.job;

import dev.keywheel.db.TransientErrors;
import dev.keywheel.time.Stopwatch;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads in which the scheduler picks and executes jobs. */
final class JobThreads {
  private static final Logger log = LoggerFactory.getLogger(JobThreads.class);

  /**
   * Minimum time between log entries about failures that concern all due jobs: a full disk, or no
   * free connection.
   */
  private static final Duration LOG_INTERVAL = Duration.ofMinutes(1);

  private final AtomicReference<@Nullable Stopwatch> sinceRefused = new AtomicReference<>();
  private final AtomicReference<@Nullable Stopwatch> sinceNoConnection = new AtomicReference<>();

  private JobThreads() {}

  static ExecutorService create() {
    var failures = new JobThreads();
    return Executors.newThreadPerTaskExecutor(
        Thread.ofVirtual()
            .name("job-", 1)
            .uncaughtExceptionHandler(failures::logFailure)
            .factory());
  }

  /**
   * Logs that the statement which picks a job failed; the scheduler handles failures of the jobs
   * themselves. The job stays due, so that the next poll of any node picks it. A job that was
   * picked just before its connection broke is taken over like a job of a dead node.
   */
  private void logFailure(Thread thread, Throwable error) {
    if (matches(error, TransientErrors::isReadOnly)
        || (matches(error, TransientErrors::refusesChanges) && loggedRecently(sinceRefused))
        || (matches(error, TransientErrors::isOfConnection) && loggedRecently(sinceNoConnection))) {
      // Logged by DatabaseWatch or in the last minute.
      log.debug("A job could not be started", error);
    } else if (matches(error, TransientErrors::isTransient)) {
      log.warn(
          "A job could not be started and will be retried (thread {}): {}",
          thread.getName(),
          TransientErrors.cause(error));
    } else {
      log.error(
          "A job could not be started and will be retried (thread {})", thread.getName(), error);
    }
  }

  /**
   * Whether such a failure was logged in the last minute; if not, records that it is logged now.
   */
  private static boolean loggedRecently(AtomicReference<@Nullable Stopwatch> logged) {
    var since = logged.get();
    return (since != null && since.elapsed().compareTo(LOG_INTERVAL) < 0)
        || !logged.compareAndSet(since, new Stopwatch());
  }

  /**
   * Whether the test accepts the error or one of its suppressed errors. After a failed rollback,
   * the error that caused the rollback is suppressed.
   */
  static boolean matches(Throwable error, Predicate<Throwable> test) {
    return test.test(error) || Arrays.stream(error.getSuppressed()).anyMatch(test);
  }
}

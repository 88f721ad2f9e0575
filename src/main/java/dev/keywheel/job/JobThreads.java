package dev.keywheel.job;

import dev.keywheel.db.TransientErrors;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads in which the scheduler picks and executes jobs. */
final class JobThreads {
  private static final Logger log = LoggerFactory.getLogger(JobThreads.class);

  private JobThreads() {}

  static ExecutorService create() {
    return Executors.newThreadPerTaskExecutor(
        Thread.ofVirtual().name("job-", 1).uncaughtExceptionHandler(JobThreads::failed).factory());
  }

  /**
   * Failures of jobs are handled by the scheduler; these are of its statement that picks a job. The
   * job stays due, so that the next poll of any node picks it; one picked just before a connection
   * broke is taken over as that of a dead node.
   */
  private static void failed(Thread thread, Throwable error) {
    if (is(error, TransientErrors::isReadOnly)) {
      log.debug("A job could not be started", error); // the log says once that it is read-only
    } else if (is(error, TransientErrors::isTransient)) {
      log.warn(
          "A job could not be started and is tried again, {}: {}", thread.getName(), cause(error));
    } else {
      log.error("A job could not be started and is tried again, {}", thread.getName(), error);
    }
  }

  /** Whether the error, or what was to be rolled back when the rollback failed, is of that kind. */
  static boolean is(Throwable error, Predicate<Throwable> test) {
    return test.test(error) || Arrays.stream(error.getSuppressed()).anyMatch(test);
  }

  private static String cause(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.toString();
  }
}

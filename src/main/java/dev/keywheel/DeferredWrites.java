package dev.keywheel;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs database writes that a response does not wait for, one at a time and in order, so that they
 * use at most one connection. A caller waits while {@link #MAX_PENDING} writes are pending. Closing
 * waits for the pending writes.
 */
final class DeferredWrites implements Executor, AutoCloseable {
  /** Maximum time that closing waits; longer than a write waits for a database lock. */
  private static final Duration END_WITHIN = Duration.ofSeconds(10);

  /**
   * Limit of pending writes. Password hashing limits refused sign-ins to this number in about 30 s.
   */
  static final int MAX_PENDING = 1_000;

  private static final Logger log = LoggerFactory.getLogger(DeferredWrites.class);

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("deferred-writes-", 1).factory());

  private final Semaphore permits = new Semaphore(MAX_PENDING, true);

  @Override
  public void execute(Runnable write) {
    permits.acquireUninterruptibly();
    try {
      thread.execute(
          () -> {
            try {
              write.run();
            } finally {
              permits.release();
            }
          });
    } catch (RejectedExecutionException closed) {
      permits.release();
      throw closed;
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      if (thread.awaitTermination(END_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    log.error(
        "Stopped with {} unwritten lines of the audit log, and one being written",
        thread.shutdownNow().size());
  }
}

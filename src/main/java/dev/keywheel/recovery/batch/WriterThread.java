package dev.keywheel.recovery.batch;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;

/**
 * A platform thread for the statements of a batch. Virtual threads share a few carrier threads: on
 * a virtual thread, each statement would wait until thousands of checks that are ready have run.
 */
final class WriterThread implements AutoCloseable {
  private static final ThreadFactory NAMED =
      Thread.ofPlatform().name("recovery-writer-", 1).factory();

  private final ExecutorService thread = Executors.newSingleThreadExecutor(NAMED);

  <T> Future<T> start(Callable<T> work) {
    return thread.submit(work);
  }

  /** The work's result or exception; an interrupt of the caller also interrupts the work. */
  static <T> T result(Future<T> work) throws InterruptedException {
    try {
      return work.get();
    } catch (InterruptedException e) {
      work.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failed -> throw failed;
        case InterruptedException stopped -> throw stopped;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** Waits until the work that was started is finished. */
  @Override
  public void close() {
    thread.close();
  }
}

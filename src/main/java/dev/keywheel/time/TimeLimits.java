package dev.keywheel.time;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Time limits for waits that almost always end in time. When a virtual thread waits with a limit of
 * its own, Java wakes its timer thread at the beginning of the wait and again at its end, which
 * took an eighth of the processor time of a request. Here a wait that ends in time costs only a map
 * entry, but a limit may be noticed up to 50 ms late, and after a standstill of the process a
 * second late.
 */
public final class TimeLimits {
  private static final Duration TICK = Duration.ofMillis(50);

  /** A longer time between two checks shows that the process stood still, as in a paused VM. */
  private static final Duration STANDSTILL = Duration.ofSeconds(1);

  private final ThreadFactory threads;
  private final Pause pause;
  private final Set<Limit> open = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean watched = new AtomicBoolean();

  /** Pauses for a time, and returns the time that this took. */
  @FunctionalInterface
  interface Pause {
    Duration of(Duration time);
  }

  public TimeLimits() {
    this(Thread.ofVirtual().name("time-limits").factory());
  }

  /**
   * @param threads creates the threads that check the limits; if a thread cannot be started, the
   *     next thread checks all of them
   */
  public TimeLimits(ThreadFactory threads) {
    this(threads, TimeLimits::pause);
  }

  TimeLimits(ThreadFactory threads, Pause pause) {
    this.threads = threads;
    this.pause = pause;
  }

  /**
   * @param late called once, on a separate thread, unless the limit is closed within the time
   */
  public Limit after(Duration time, Runnable late) {
    var limit = new Limit(new Deadline(time), late);
    open.add(limit);
    try {
      watch();
    } catch (Throwable e) {
      limit.close();
      throw e;
    }
    return limit;
  }

  /** Like {@link CountDownLatch#await(long, TimeUnit)}, but counts down the latch if time is up. */
  public boolean await(CountDownLatch latch, Duration time) throws InterruptedException {
    var late = new AtomicBoolean();
    Runnable end =
        () -> {
          late.set(true);
          latch.countDown();
        };
    try (var _ = after(time, end)) {
      latch.await();
    }
    return !late.get();
  }

  /** A time limit. Close it when the wait is over. */
  public final class Limit implements AutoCloseable {
    private final Deadline deadline;
    private final Runnable late;

    private Limit(Deadline deadline, Runnable late) {
      this.deadline = deadline;
      this.late = late;
    }

    private void check() {
      if (deadline.passed()) {
        threads.newThread(this::end).start();
      }
    }

    private void end() {
      if (open.remove(this)) {
        late.run();
      }
    }

    @Override
    public void close() {
      open.remove(this);
    }
  }

  private void watch() {
    if (watched.get() || !watched.compareAndSet(false, true)) {
      return;
    }
    try {
      threads.newThread(this::run).start();
    } catch (Throwable e) {
      watched.set(false);
      throw e;
    }
  }

  private static Duration pause(Duration time) {
    var taken = new Stopwatch();
    LockSupport.parkNanos(time.toNanos());
    return taken.elapsed();
  }

  private void run() {
    try {
      while (!open.isEmpty()) {
        if (pause.of(TICK).compareTo(STANDSTILL) > 0) {
          // During this extra second, data that has already arrived can still end the current
          // waits. The limits themselves are not extended: a later wait under the same limit, such
          // as for the next bytes of an upload, has no time left.
          pause.of(STANDSTILL);
        }
        open.forEach(Limit::check);
      }
    } finally {
      watched.set(false);
      if (!open.isEmpty()) { // a limit was added while this thread ended, or a check failed
        watch();
      }
    }
  }
}

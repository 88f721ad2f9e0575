package dev.keywheel.job;

import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * Whether this node is stopping. A stopping node starts no new job, operation or provider call;
 * work in progress may finish.
 */
public final class Stopping {
  private final Set<Thread> sleepers = new HashSet<>();
  private boolean begun;

  public synchronized boolean begun() {
    return begun;
  }

  /** From now on no new work starts; waits of {@link #cutting} end immediately. */
  public synchronized void begin() {
    begun = true;
    sleepers.forEach(Thread::interrupt);
  }

  /**
   * A delay that ends early when the node begins to stop. {@link Delayer#slept} then returns false
   * and the thread is not left interrupted, because it still has to write its results.
   */
  public Delayer cutting(Delayer delayer) {
    return new Cut(delayer);
  }

  private synchronized boolean enter(Thread sleeper) {
    return !begun && sleepers.add(sleeper);
  }

  /**
   * Removes the thread, so that {@link #begin} no longer interrupts it, and clears an interrupt
   * already sent.
   */
  private synchronized boolean leave(Thread sleeper) {
    sleepers.remove(sleeper);
    return begun && Thread.interrupted();
  }

  private final class Cut implements Delayer {
    private final Delayer delayer;

    private Cut(Delayer delayer) {
      this.delayer = delayer;
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
      if (!slept(duration)) {
        throw new InterruptedException("This node is stopping");
      }
    }

    @Override
    public boolean slept(Duration duration) {
      var thread = Thread.currentThread();
      if (!enter(thread)) {
        return false;
      }
      boolean slept = delayer.slept(duration);
      return !leave(thread) && slept;
    }
  }
}

package dev.keywheel.job;

import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * Whether this node is stopping. A node that stops begins nothing new: no job, no operation, no
 * provider call. What is under way may finish.
 */
public final class Stopping {
  private final Set<Thread> sleepers = new HashSet<>();
  private boolean begun;

  public synchronized boolean begun() {
    return begun;
  }

  /** From now on nothing new begins; waits of {@link #cutting} end at once. */
  public synchronized void begin() {
    begun = true;
    sleepers.forEach(Thread::interrupt);
  }

  /**
   * A pause that ends early when the node begins to stop; {@link Delayer#slept} is false then, and
   * the thread is not left interrupted: it still has to write what it holds.
   */
  public Delayer cutting(Delayer delayer) {
    return new Cut(delayer);
  }

  private synchronized boolean enter(Thread sleeper) {
    return !begun && sleepers.add(sleeper);
  }

  /** Afterwards {@link #begin} does not interrupt this thread; clears an interrupt it sent. */
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

package dev.keywheel.e2e;

import dev.keywheel.time.Delayer;
import java.time.Duration;

/** The delays of the sandbox: none, or until {@link #release} while answers are held. */
final class HeldPace implements Delayer {
  private boolean held;

  synchronized void hold() {
    held = true;
  }

  synchronized void release() {
    held = false;
    notifyAll();
  }

  @Override
  public synchronized void sleep(Duration duration) throws InterruptedException {
    while (held && duration.isPositive()) {
      wait();
    }
  }
}

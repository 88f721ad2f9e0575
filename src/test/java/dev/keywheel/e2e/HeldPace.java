package dev.keywheel.e2e;

import dev.keywheel.time.Delayer;
import java.time.Duration;

/** A pace of the sandbox: answers come at once, or not at all while it is paused. */
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

package dev.keywheel.recovery.batch;

import dev.keywheel.net.OpenFiles;

/** The number of connections that this process may open for checks. */
final class SocketBudget {
  private final long all = OpenFiles.now().forChecks();
  private int taken;

  /** Takes up to {@code wanted}, at least 1. */
  synchronized int take(int wanted) {
    int given = (int) Math.clamp(all - taken, 1, wanted);
    taken += given;
    return given;
  }

  synchronized void giveBack(int given) {
    taken -= given;
  }
}

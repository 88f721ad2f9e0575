package dev.keywheel.recovery.batch;

import dev.keywheel.net.OpenFiles;

/** Limits the number of connections that this process opens for checks. */
final class SocketBudget {
  private final long all = OpenFiles.now().forChecks();
  private int taken;

  /** Reserves up to {@code wanted} connections, but at least 1; returns the number reserved. */
  synchronized int take(int wanted) {
    int given = (int) Math.clamp(all - taken, 1, wanted);
    taken += given;
    return given;
  }

  synchronized void release(int given) {
    taken -= given;
  }
}

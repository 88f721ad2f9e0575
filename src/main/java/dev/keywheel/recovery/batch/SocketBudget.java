package dev.keywheel.recovery.batch;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * How many connections this process may still open for checks. Each check in flight takes one open
 * file; a process without a spare one can do nothing at all any more.
 */
final class SocketBudget {
  /** Left for pages, the database and files. */
  private static final long RESERVE = 256;

  private int taken;

  /** Takes up to {@code wanted} of the spare ones, at least 1. To be given back. */
  synchronized int take(int wanted) {
    int given = (int) Math.clamp(spare() - taken, 1, wanted);
    taken += given;
    return given;
  }

  synchronized void giveBack(int given) {
    taken -= given;
  }

  /** Without bound where the system names none. */
  private static long spare() {
    if (!(ManagementFactory.getOperatingSystemMXBean()
        instanceof UnixOperatingSystemMXBean system)) {
      return Integer.MAX_VALUE;
    }
    return system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - RESERVE;
  }
}

package dev.keywheel.recovery.batch;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * The number of connections that this process may still open for checks, since each takes a file
 * descriptor.
 */
final class SocketBudget {
  /** Reserved for pages, the database and files. */
  private static final long RESERVE = 256;

  private int taken;

  /** Takes up to {@code wanted} spare descriptors, at least 1. */
  synchronized int take(int wanted) {
    int given = (int) Math.clamp(spare() - taken, 1, wanted);
    taken += given;
    return given;
  }

  synchronized void giveBack(int given) {
    taken -= given;
  }

  /** Unlimited where the system reports no limit. */
  private static long spare() {
    if (!(ManagementFactory.getOperatingSystemMXBean()
        instanceof UnixOperatingSystemMXBean system)) {
      return Integer.MAX_VALUE;
    }
    return system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - RESERVE;
  }
}

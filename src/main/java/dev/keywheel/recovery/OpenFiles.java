package dev.keywheel.recovery;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How many connections this process may still open. Each check in flight takes one open file. */
final class OpenFiles {
  /** Left for pages, the database and files. */
  private static final long RESERVE = 256;

  private OpenFiles() {}

  /** At least 1; no bound where the system names none. */
  static int spare() {
    if (!(ManagementFactory.getOperatingSystemMXBean()
        instanceof UnixOperatingSystemMXBean system)) {
      return Integer.MAX_VALUE;
    }
    long spare = system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - RESERVE;
    return (int) Math.clamp(spare, 1, Integer.MAX_VALUE);
  }
}

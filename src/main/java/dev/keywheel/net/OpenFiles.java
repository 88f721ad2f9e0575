package dev.keywheel.net;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/**
 * The files that this process may open. Each connection takes one, and a process without a free one
 * fails entirely: it loads no classes, and accepts no connections.
 *
 * @param limit {@link Long#MAX_VALUE} where the system reports none
 * @param open now
 */
public record OpenFiles(long limit, long open) {
  /** With fewer, libraries and the database leave too few for connections. */
  static final long LEAST = 256;

  /**
   * What the node opens after its start, apart from connections of browsers, their calls, and
   * checks of keys: 24 connections of the database, the calls of 20 runs, the browser for tools,
   * libraries that are read for the first time, logs, and some to spare.
   */
  private static final long OWN = 96;

  /** Browsers open six connections each. */
  private static final long FEWEST_CONNECTIONS = 12;

  /** Checks of keys leave no more than that to connections and their calls. */
  private static final long CONNECTIONS_AND_CALLS = 4_096;

  /** Below this number the node is not ready: it could lack a file at any moment. */
  private static final long ALMOST_NONE = 8;

  public static OpenFiles now() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? new OpenFiles(system.getMaxFileDescriptorCount(), system.getOpenFileDescriptorCount())
        : new OpenFiles(Long.MAX_VALUE, 0);
  }

  /**
   * A third of those that are free and not kept for the node itself. The other thirds are for the
   * calls of programs, one for each connection, and for checks of keys.
   */
  public long share() {
    return Math.max(FEWEST_CONNECTIONS, free() / 3);
  }

  /**
   * For checks of keys: the last third, and more where the limit is high, since a batch tests ten
   * thousand keys at once.
   */
  public long forChecks() {
    return Math.max(share(), free() - CONNECTIONS_AND_CALLS);
  }

  private long free() {
    return limit - open - OWN;
  }

  /** Why the node cannot work with this limit; empty if it can. */
  public Optional<String> refusal() {
    return limit >= LEAST
        ? Optional.empty()
        : Optional.of(
            "This process may open only %d files and needs at least %d. Raise the limit (\"ulimit -n\", LimitNOFILE of systemd, ulimits of compose), best to 65536."
                .formatted(limit, LEAST));
  }

  /** Why the node should get no requests now; empty if it can serve them. */
  public Optional<String> shortage() {
    return limit - open >= ALMOST_NONE
        ? Optional.empty()
        : Optional.of("%d of %d are open; raise the limit (ulimit -n)".formatted(open, limit));
  }
}

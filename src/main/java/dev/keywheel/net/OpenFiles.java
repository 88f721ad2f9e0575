package dev.keywheel.net;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/**
 * The numbers of files that this process may open and has open. Each connection uses one file. A
 * process at its limit fails entirely: it can neither load classes nor accept connections.
 *
 * @param limit {@link Long#MAX_VALUE} where the system reports none
 * @param open number of files that are open now
 */
public record OpenFiles(long limit, long open) {
  /** Minimum limit; with a lower one, libraries and the database leave too few for connections. */
  static final long MIN_LIMIT = 256;

  /**
   * Number of files that the node opens after its start, apart from connections of browsers and
   * programs, the programs' calls, and checks of keys: 24 connections to the database, the calls of
   * 20 runs, the browser for tools, libraries that are read for the first time, logs, and a
   * reserve.
   */
  private static final long RESERVED_FOR_NODE = 96;

  /** Minimum number of files for connections: two browsers open six connections each. */
  private static final long FEWEST_CONNECTIONS = 12;

  /** Number of keys that a batch tests at once, if this leaves enough files for connections. */
  private static final long MAX_CHECKS = 10_000;

  /** Minimum number of free files that remain if checks of keys get more than a third of them. */
  private static final long MIN_FREE_BESIDE_CHECKS = 4_096;

  /** Minimum number of free files of a ready node: with fewer it could run out at any moment. */
  private static final long MIN_FREE = 8;

  public static OpenFiles now() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? of(system)
        : new OpenFiles(Long.MAX_VALUE, 0);
  }

  static OpenFiles of(UnixOperatingSystemMXBean system) {
    long limit = system.getMaxFileDescriptorCount();
    try {
      return new OpenFiles(limit, system.getOpenFileDescriptorCount());
    } catch (InternalError e) { // reading the list of open files needs a file itself
      return new OpenFiles(limit, limit);
    }
  }

  /**
   * Files for connections of browsers and programs, at the start: half of what checks of keys
   * leave. The other half is for the calls of programs, one for each connection.
   */
  public long forConnections() {
    return Math.max(FEWEST_CONNECTIONS, (free() - forChecks()) / 2);
  }

  /**
   * Files for checks of keys, at the start: a third of the files that are free and not reserved for
   * the node itself, or more, so that a batch can test {@value #MAX_CHECKS} keys at once.
   */
  public long forChecks() {
    return Math.max(free() / 3, Math.min(MAX_CHECKS, free() - MIN_FREE_BESIDE_CHECKS));
  }

  private long free() {
    return limit - open - RESERVED_FOR_NODE;
  }

  /** Why the node cannot work with this limit; empty if it can. */
  public Optional<String> refusal() {
    return limit >= MIN_LIMIT
        ? Optional.empty()
        : Optional.of(
            "This process may open only %d files and needs at least %d. Raise the limit (\"ulimit -n\", LimitNOFILE of systemd, ulimits of compose), preferably to 65536."
                .formatted(limit, MIN_LIMIT));
  }

  /** Why the node should get no requests now; empty if it can serve them. */
  public Optional<String> shortage() {
    return limit - open >= MIN_FREE
        ? Optional.empty()
        : Optional.of("%d of %d are open; raise the limit (ulimit -n)".formatted(open, limit));
  }
}

package dev.keywheel.provider.socket;

import dev.keywheel.time.Deadline;
import dev.keywheel.time.Stopwatch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Caches the network addresses of a host. A DNS lookup cannot be interrupted and may take longer
 * than any deadline, so it runs in a separate thread and only the wait is bounded. It is native
 * code, which would block the carrier of a virtual thread, so it has a platform thread.
 */
final class DnsCache {
  /** How long resolved addresses are cached. */
  private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final String name;
  private final Resolver resolver;
  private volatile @Nullable Found found;
  private @Nullable CompletableFuture<List<InetAddress>> lookup;

  private record Found(List<InetAddress> addresses, Stopwatch age) {}

  /** Looks up all addresses of a name. */
  @FunctionalInterface
  interface Resolver {
    InetAddress[] lookUp(String name) throws UnknownHostException;
  }

  /**
   * @param host a name or an address; brackets around an IPv6 address are removed
   */
  DnsCache(String host, Resolver resolver) {
    this.name = withoutBrackets(host);
    this.resolver = resolver;
  }

  static String withoutBrackets(String host) {
    return host.replaceAll("^\\[|]$", "");
  }

  /**
   * All addresses of the host, in the order in which to try them.
   *
   * @throws UnknownHostException when the name is unknown, or the lookup does not finish in time
   */
  List<InetAddress> resolve(Deadline deadline) throws IOException {
    Found last = found;
    if (last != null && last.age().nanos() < MAX_AGE_NANOS) {
      return last.addresses();
    }
    List<InetAddress> addresses = awaitLookup(Math.max(1, deadline.left().toNanos()));
    found = new Found(addresses, new Stopwatch());
    return addresses;
  }

  private List<InetAddress> awaitLookup(long waitNanos) throws IOException {
    try {
      return lookup().get(waitNanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException unknown) {
      throw new UnknownHostException(name);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new UnknownHostException(name);
    }
  }

  /** The lookup in progress, which all waiting calls share; starts one if there is none. */
  private synchronized CompletableFuture<List<InetAddress>> lookup() {
    var current = lookup;
    if (current != null && !current.isDone()) {
      return current;
    }
    var started = new CompletableFuture<List<InetAddress>>();
    Thread.ofPlatform().daemon().name("dns-lookup").start(() -> lookUp(started));
    lookup = started;
    return started;
  }

  private void lookUp(CompletableFuture<List<InetAddress>> answer) {
    try {
      answer.complete(List.of(resolver.lookUp(name)));
    } catch (Throwable unknown) { // an error must not make the calls wait until their deadline
      answer.completeExceptionally(unknown);
    }
  }
}

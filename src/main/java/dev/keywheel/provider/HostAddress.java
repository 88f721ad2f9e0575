package dev.keywheel.provider;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A host's network address. Looking a name up cannot be interrupted and may take longer than any
 * deadline, so a thread of its own does it and only the waiting is bounded.
 */
final class HostAddress {
  /** How long a found address is used without asking again. */
  private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final String name;
  private volatile @Nullable Found found;

  private record Found(InetAddress address, long at) {}

  /**
   * @param host a name or an address; brackets around an IPv6 address are taken off
   */
  HostAddress(String host) {
    this.name = host.replaceAll("^\\[|]$", "");
  }

  String name() {
    return name;
  }

  /**
   * @param end by the clock of {@link System#nanoTime()}
   * @throws UnknownHostException when the name is not known, or not in time
   */
  InetAddress resolved(long end) throws IOException {
    Found last = found;
    if (last != null && System.nanoTime() - last.at() < KEPT_NANOS) {
      return last.address();
    }
    InetAddress address = lookedUp(Math.max(1, end - System.nanoTime()));
    found = new Found(address, System.nanoTime());
    return address;
  }

  private InetAddress lookedUp(long waitNanos) throws IOException {
    var answer = new CompletableFuture<InetAddress>();
    Thread.startVirtualThread(() -> lookUp(answer));
    try {
      return answer.get(waitNanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException unknown) {
      throw new UnknownHostException(name);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new UnknownHostException(name);
    }
  }

  private void lookUp(CompletableFuture<InetAddress> answer) {
    try {
      answer.complete(InetAddress.getByName(name));
    } catch (UnknownHostException unknown) {
      answer.completeExceptionally(unknown);
    }
  }
}

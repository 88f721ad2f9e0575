package dev.keywheel.web.form;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Limits the size of the request bodies in memory, in total and for each client. */
final class BodyBudget {
  /** Minimum number of bytes counted for a request, even if its body is smaller. */
  private static final long MIN_BYTES = 16_000;

  private final long maxTotal;
  private final long maxPerClient;
  private final Map<String, Long> bytesByClient = new HashMap<>();
  private long total;

  /**
   * @param maxTotal maximum number of bytes in total
   * @param maxPerClient maximum number of bytes of one client
   */
  BodyBudget(long maxTotal, long maxPerClient) {
    this.maxTotal = maxTotal;
    this.maxPerClient = maxPerClient;
  }

  /** Reserved bytes; {@link #close} releases them. */
  interface Reservation extends AutoCloseable {
    @Override
    void close();
  }

  /** Reserves bytes for a body; empty if this would exceed the client's or the total limit. */
  synchronized Optional<Reservation> reserve(String client, long length) {
    long bytes = Math.max(length, MIN_BYTES);
    long own = bytesByClient.getOrDefault(client, 0L) + bytes;
    if (total + bytes > maxTotal || own > maxPerClient) {
      return Optional.empty();
    }
    total += bytes;
    bytesByClient.put(client, own);
    return Optional.of(() -> release(client, bytes));
  }

  private synchronized void release(String client, long bytes) {
    total -= bytes;
    bytesByClient.computeIfPresent(client, (_, own) -> own > bytes ? own - bytes : null);
  }
}

package dev.keywheel.web.form;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Limits the size of the request bodies in memory, in total and for each client. */
final class BodyBudget {
  /** Minimum number of bytes counted for a request, even if its body is smaller. */
  private static final long MIN_BYTES = 16_000;

  private final long most;
  private final long share;
  private final Map<String, Long> held = new HashMap<>();
  private long all;

  /**
   * @param most maximum number of bytes in total
   * @param share maximum number of bytes of one client
   */
  BodyBudget(long most, long share) {
    this.most = most;
    this.share = share;
  }

  /** Reserved bytes; {@link #close} releases them. */
  interface Reservation extends AutoCloseable {
    @Override
    void close();
  }

  /** Reserves bytes for a body; empty if this would exceed the client's or the total limit. */
  synchronized Optional<Reservation> take(String client, long length) {
    long bytes = Math.max(length, MIN_BYTES);
    long own = held.getOrDefault(client, 0L) + bytes;
    if (all + bytes > most || own > share) {
      return Optional.empty();
    }
    all += bytes;
    held.put(client, own);
    return Optional.of(() -> release(client, bytes));
  }

  private synchronized void release(String client, long bytes) {
    all -= bytes;
    held.computeIfPresent(client, (_, own) -> own > bytes ? own - bytes : null);
  }
}

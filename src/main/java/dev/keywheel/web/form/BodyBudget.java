package dev.keywheel.web.form;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Bounds the bodies that are in memory at the same moment, in all and for each client. */
final class BodyBudget {
  /** Bytes counted for a request in addition to its body. */
  private static final long LEAST = 16_000;

  private final long most;
  private final long share;
  private final Map<String, Long> held = new HashMap<>();
  private long all;

  /**
   * @param most bytes in all
   * @param share bytes of one client
   */
  BodyBudget(long most, long share) {
    this.most = most;
    this.share = share;
  }

  /** Bytes that count until they are closed. */
  interface Taken extends AutoCloseable {
    @Override
    void close();
  }

  /** Empty when the client, or all together, would have too much. */
  synchronized Optional<Taken> take(String client, long length) {
    long bytes = Math.max(length, LEAST);
    long own = held.getOrDefault(client, 0L) + bytes;
    if (all + bytes > most || own > share) {
      return Optional.empty();
    }
    all += bytes;
    held.put(client, own);
    return Optional.of(() -> giveBack(client, bytes));
  }

  private synchronized void giveBack(String client, long bytes) {
    all -= bytes;
    held.computeIfPresent(client, (_, own) -> own > bytes ? own - bytes : null);
  }
}

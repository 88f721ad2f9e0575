package dev.keywheel.gateway.token;

import dev.keywheel.net.IpAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Counts failed tokens by client address, on this node. After {@value #FREE} in a minute the
 * address waits for the rest of it: its tokens are refused without the database, except one that
 * this node accepted before, so that clients behind one address do not lock each other out.
 */
final class FailedTokens {
  static final int FREE = 20;
  static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int ADDRESSES = 10_000;
  private static final int TOKENS = 10_000;

  private final Map<String, Window> windows = bounded(ADDRESSES);
  private final Map<ByteBuffer, Boolean> accepted = bounded(TOKENS);

  private record Window(Instant start, int failures) {}

  /** How long this address has to wait with this token; empty if it may try now. */
  synchronized Optional<Duration> wait(String address, byte[] hash, Instant now) {
    Window window = windows.get(IpAddress.network(address));
    if (window == null || window.failures() < FREE || accepted.containsKey(ByteBuffer.wrap(hash))) {
      return Optional.empty();
    }
    Duration rest = Duration.between(now, window.start().plus(WINDOW));
    return rest.isPositive() ? Optional.of(rest) : Optional.empty();
  }

  /** True for the failure that begins a wait. */
  synchronized boolean failed(String address, Instant now) {
    Window window =
        windows.merge(
            IpAddress.network(address),
            new Window(now, 1),
            (old, fresh) ->
                old.start().plus(WINDOW).isAfter(now)
                    ? new Window(old.start(), old.failures() + 1)
                    : fresh);
    return window.failures() == FREE;
  }

  synchronized void accepted(byte[] hash) {
    accepted.put(ByteBuffer.wrap(hash), true);
  }

  /** Without those that were not used for the longest time. */
  static <K, V> Map<K, V> bounded(int most) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
      }
    };
  }
}

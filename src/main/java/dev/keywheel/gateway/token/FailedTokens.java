package dev.keywheel.gateway.token;

import dev.keywheel.net.IpAddress;
import dev.keywheel.time.LruMap;
import dev.keywheel.time.TimeWindow;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Counts failed tokens by client address or IPv6 network, on this node. After {@value
 * #MAX_FAILURES} failures in a minute, further failures of the address are throttled until the
 * minute ends. Valid tokens are still accepted: clients behind one proxy do not lock each other
 * out.
 */
final class FailedTokens {
  static final int MAX_FAILURES = 20;
  static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int MAX_ADDRESSES = 10_000;

  private final Map<String, Window> windows = new LruMap<>(MAX_ADDRESSES);

  private record Window(TimeWindow time, int failures) {}

  /** How long this address has to wait; empty if it may try now. */
  synchronized Optional<Duration> remainingWait(String address, Instant now) {
    Window window = windows.get(IpAddress.network(address));
    return window == null || window.failures() < MAX_FAILURES || !window.time().contains(now)
        ? Optional.empty()
        : Optional.of(Duration.between(now, window.time().end()));
  }

  /** Records a failure. Returns true if the address has to wait from now on. */
  synchronized boolean recordFailure(String address, Instant now) {
    Window window =
        windows.merge(
            IpAddress.network(address),
            new Window(TimeWindow.from(now, WINDOW), 1),
            (old, fresh) ->
                old.time().contains(now) ? new Window(old.time(), old.failures() + 1) : fresh);
    return window.failures() == MAX_FAILURES;
  }
}

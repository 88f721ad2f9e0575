package dev.keywheel.people.audit;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * Bounds the lines that refused requests write: at most {@link #PER_MINUTE}, then only their number
 * is kept. Each node has its own, and strangers do not use up that of users.
 */
final class RefusalLimiter {
  static final int PER_MINUTE = 20;
  private static final Duration WINDOW = Duration.ofMinutes(1);

  private Instant end = Instant.EPOCH;
  private int written;
  private final Map<String, Integer> leftOut = new TreeMap<>();

  /** Whether an event of this action may be written now. */
  synchronized boolean admits(String action, Instant now) {
    if (!now.isBefore(end)) {
      end = now.plus(WINDOW);
      written = 0;
    }
    if (written < PER_MINUTE) {
      written++;
      return true;
    }
    leftOut.merge(action, 1, Integer::sum);
    return false;
  }

  /** The events left out, by action, once their minute is over; each is returned once. */
  synchronized Map<String, Integer> takeLeftOut(Instant now) {
    if (now.isBefore(end) || leftOut.isEmpty()) {
      return Map.of();
    }
    var taken = Map.copyOf(leftOut);
    leftOut.clear();
    return taken;
  }
}

package dev.keywheel.gateway.seat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Limits the calls in flight of a key after the provider refused a call because too many were in
 * flight. The limit is one less than their number at that time, but at least one, plus one for each
 * minute since then. Each node keeps its limits in memory.
 */
final class CallsPerKey {
  private static final Duration STEP = Duration.ofMinutes(1);

  /** Time after which a limit ends. */
  private static final Duration FORGOTTEN = Duration.ofHours(1);

  private final Map<UUID, Lowered> lowered = new ConcurrentHashMap<>();

  private record Lowered(int calls, Instant at) {
    int at(Instant now) {
      return calls + (int) Duration.between(at, now).dividedBy(STEP);
    }

    boolean isExpired(Instant now) {
      // The clock may have been set back. A time slightly in the future is valid: another thread
      // may have read the clock a moment later.
      return !at.isBefore(now.plus(STEP)) || at.plus(FORGOTTEN).isBefore(now);
    }
  }

  /**
   * @param inFlight number of calls in flight with the key, including the refused call
   */
  void refused(UUID key, int inFlight, Instant now) {
    int calls = Math.max(1, inFlight - 1);
    lowered.merge(
        key,
        new Lowered(calls, now),
        (before, after) ->
            !before.isExpired(now) && before.at(now) < after.calls()
                ? new Lowered(before.at(now), now)
                : after);
  }

  /** Whether any key has a lowered limit. Removes expired limits. */
  boolean any(Instant now) {
    lowered.values().removeIf(one -> one.isExpired(now));
    return !lowered.isEmpty();
  }

  /**
   * @param setting the limit in the settings of the pool; 0 for no limit
   * @return the maximum number of calls in flight with the key; 0 for no limit
   */
  int limit(UUID key, int setting, Instant now) {
    Lowered own = lowered.get(key);
    if (own == null || own.isExpired(now)) {
      return setting;
    }
    return setting == 0 ? own.at(now) : Math.min(setting, own.at(now));
  }
}

package dev.keywheel.gateway.seat;

import dev.keywheel.time.TimeWindow;
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
  private static final Duration RAISE_INTERVAL = Duration.ofMinutes(1);

  /** Time after which a limit ends. */
  private static final Duration ENDS_AFTER = Duration.ofHours(1);

  private final Map<UUID, LoweredLimit> lowered = new ConcurrentHashMap<>();

  private record LoweredLimit(int calls, TimeWindow time) {
    int at(Instant now) {
      return calls + (int) Duration.between(time.start(), now).dividedBy(RAISE_INTERVAL);
    }
  }

  /**
   * @param inFlight number of calls in flight with the key, including the refused call
   */
  void lowerLimit(UUID key, int inFlight, Instant now) {
    int calls = Math.max(1, inFlight - 1);
    lowered.merge(
        key,
        new LoweredLimit(calls, TimeWindow.from(now, ENDS_AFTER)),
        (before, after) ->
            before.time().contains(now) && before.at(now) < after.calls()
                ? new LoweredLimit(before.at(now), after.time())
                : after);
  }

  /** Whether any key has a lowered limit. Removes expired limits. */
  boolean anyLowered(Instant now) {
    lowered.values().removeIf(one -> !one.time().contains(now));
    return !lowered.isEmpty();
  }

  /**
   * @param setting the limit in the settings of the pool; 0 for no limit
   * @return the maximum number of calls in flight with the key; 0 for no limit
   */
  int limit(UUID key, int setting, Instant now) {
    LoweredLimit own = lowered.get(key);
    if (own == null || !own.time().contains(now)) {
      return setting;
    }
    return setting == 0 ? own.at(now) : Math.min(setting, own.at(now));
  }
}

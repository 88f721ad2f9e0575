package dev.keywheel.gateway.seat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The limit of calls in flight of each key after the provider refused a call because of others in
 * flight: one less than there were, plus one each minute. Kept by each node in memory.
 */
final class CallsPerKey {
  private static final Duration STEP = Duration.ofMinutes(1);

  /** Its counts are removed after this time. */
  private static final Duration FORGOTTEN = Duration.ofHours(1);

  private final Map<UUID, Lowered> lowered = new ConcurrentHashMap<>();

  private record Lowered(int calls, Instant at) {
    int at(Instant now) {
      return calls + (int) Duration.between(at, now).dividedBy(STEP);
    }
  }

  /**
   * @param inFlight calls with the key, the refused one included
   */
  void refused(UUID key, int inFlight, Instant now) {
    int calls = Math.max(1, inFlight - 1);
    lowered.merge(
        key,
        new Lowered(calls, now),
        (before, after) ->
            before.at(now) < after.calls() ? new Lowered(before.at(now), now) : after);
  }

  /** Whether any key has a limit of its own. */
  boolean any(Instant now) {
    lowered.values().removeIf(one -> one.at().plus(FORGOTTEN).isBefore(now));
    return !lowered.isEmpty();
  }

  /**
   * @param setting of the pool; 0 for no limit
   * @return the most calls of the key in flight; 0 for no limit
   */
  int limit(UUID key, int setting, Instant now) {
    Lowered own = lowered.get(key);
    if (own == null) {
      return setting;
    }
    return setting == 0 ? own.at(now) : Math.min(setting, own.at(now));
  }
}

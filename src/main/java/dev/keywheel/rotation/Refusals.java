package dev.keywheel.rotation;

import dev.keywheel.key.state.PoolId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Tells a provider that refuses every key from keys that are bad. When the key checks of {@value
 * #ENOUGH} accounts in a row were refused and no call was answered between, no refusal is evidence
 * against a key any more until a call is answered; the keys marked before are then checked again.
 * Kept by each node for itself, as {@link OutageDetector} are.
 */
final class Refusals {
  static final int ENOUGH = 3;

  /** Refusals further apart than this are not one event. */
  private static final Duration TOGETHER = Duration.ofMinutes(5);

  /** A pool that nothing has used for so long begins anew. */
  private static final Duration REMEMBERED = Duration.ofMinutes(30);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(30);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  private final Map<PoolId, Streak> streaks = new HashMap<>();

  /**
   * What a refusal means.
   *
   * @param believed whether it is evidence against the key
   * @param pause how long the pool is to pause now; empty when it is not, or pauses already
   */
  record Meaning(boolean believed, Optional<Duration> pause) {}

  private static final class Streak {
    final Set<String> accounts = new HashSet<>();
    final Set<UUID> marked = new HashSet<>();
    int pauses;
    Instant last = Instant.MIN;
    Instant pausedUntil = Instant.MIN;

    boolean everyKey() {
      return accounts.size() >= ENOUGH;
    }
  }

  /**
   * The key check has refused the key.
   *
   * @param who the account, or the key when its account is not known
   */
  synchronized Meaning refused(PoolId pool, String who, UUID key, Instant now) {
    var streak = streaks.computeIfAbsent(pool, p -> new Streak());
    if (streak.last.isAfter(Instant.MIN)
        && streak.last.plus(streak.everyKey() ? REMEMBERED : TOGETHER).isBefore(now)) {
      streak = new Streak();
      streaks.put(pool, streak);
    }
    streak.accounts.add(who);
    streak.last = now;
    if (!streak.everyKey()) {
      streak.marked.add(key);
      return new Meaning(true, Optional.empty());
    }
    if (now.isBefore(streak.pausedUntil)) {
      return new Meaning(false, Optional.empty());
    }
    var length = FIRST_PAUSE.multipliedBy(1L << Math.min(streak.pauses++, 5));
    var pause = length.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : length;
    streak.pausedUntil = now.plus(pause);
    return new Meaning(false, Optional.of(pause));
  }

  /** A key was accepted. Returns the keys that were marked while the provider refused every key. */
  synchronized List<UUID> accepted(PoolId pool) {
    var streak = streaks.remove(pool);
    return streak == null || !streak.everyKey() ? List.of() : List.copyOf(streak.marked);
  }
}

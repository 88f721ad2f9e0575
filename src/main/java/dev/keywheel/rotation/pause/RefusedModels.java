package dev.keywheel.rotation.pause;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.time.LruMap;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Finds models whose calls the provider refuses with 401 although it accepts the keys in their
 * checks: further keys would be refused, too. A model counts as refused after refusals for several
 * accounts in a row, or for fewer accounts repeatedly, until it is answered or for a minute after
 * the last such refusal. Each node keeps its counts in memory.
 */
public final class RefusedModels {
  /** Number of different accounts whose refusals in a row are enough, as for an outage. */
  static final int MIN_ACCOUNTS = OutageDetector.MIN_ACCOUNTS;

  /** Number of refusals in a row that are enough even if all are of one account. */
  static final int MIN_REFUSALS = 6;

  static final Duration REMEMBERED = Duration.ofMinutes(1);

  private static final int MAX_MODELS = 1_000;

  private final Map<PoolAndModel, Streak> streaks = new LruMap<>(MAX_MODELS);

  private record PoolAndModel(PoolId pool, String model) {}

  private static final class Streak {
    final Set<String> accounts = new HashSet<>();
    int refusals;
    Instant last = Instant.EPOCH;
    Instant answered = Instant.EPOCH;

    boolean isOver(Instant now) {
      return last.plus(REMEMBERED).isBefore(now) || last.minus(REMEMBERED).isAfter(now);
    }
  }

  /**
   * Counts a refusal of a key that its check has accepted.
   *
   * @param account the account, or the key if its account is not known
   * @param sent when the call was sent: a refusal does not count if the model was answered since
   */
  public synchronized void recordRefusal(
      PoolId pool, String account, String model, Instant sent, Instant now) {
    streaks.values().removeIf(streak -> streak.isOver(now));
    var streak = streak(pool, model);
    if (!sent.isAfter(streak.answered)) {
      return;
    }
    if (streak.accounts.size()
        < MIN_ACCOUNTS) { // bounds the set: a pool may have a million accounts
      streak.accounts.add(account);
    }
    streak.refusals++;
    streak.last = now;
  }

  /** Ends the refusals in a row, at the first content of an answer and at its end. */
  public synchronized void recordAnswer(PoolId pool, String model, Instant now) {
    var streak = streak(pool, model);
    streak.accounts.clear();
    streak.refusals = 0;
    streak.last = now;
    streak.answered = now;
  }

  private Streak streak(PoolId pool, String model) {
    return streaks.computeIfAbsent(new PoolAndModel(pool, model), _ -> new Streak());
  }

  /** Whether a further key would be refused, too. */
  public synchronized boolean refuses(PoolId pool, String model, Instant now) {
    var streak = streaks.get(new PoolAndModel(pool, model));
    return streak != null
        && !streak.isOver(now)
        && (streak.accounts.size() >= MIN_ACCOUNTS || streak.refusals >= MIN_REFUSALS);
  }
}

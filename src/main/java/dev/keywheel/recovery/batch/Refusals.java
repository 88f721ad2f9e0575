package dev.keywheel.recovery.batch;

import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.PoolStatus;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes a provider that refuses every key from keys that are invalid. When the key checks
 * of {@value #MIN_ACCOUNTS} accounts are refused and no key is accepted in between, a refusal is no
 * evidence against a key until a key is accepted; the keys marked before are then checked again.
 * Each node counts for itself, because each has its own connection to the provider.
 */
public final class Refusals {
  public static final String EVERY_KEY =
      "The provider refuses one key after another with 401 and accepts none in between. No further"
          + " key is marked because of it.";
  private static final String CHECK_THE_ADDRESS =
      " Check the address of the provider. The keys are tested again automatically.";

  private static final int MIN_ACCOUNTS = 3;

  /** Maximum time between two refusals that are counted together. */
  private static final Duration MAX_GAP = Duration.ofMinutes(5);

  /** The same maximum, once the provider counts as refusing every key. */
  private static final Duration REMEMBERED = Duration.ofMinutes(30);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(30);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  /**
   * Pauses a pool whose keys are all refused, and sets a notice for its users.
   *
   * @return the pause
   */
  public static PoolPause pause(Tx tx, PoolStatus pools, PoolId pool, Instant until) {
    var pause = new PoolPause(until, EVERY_KEY, PauseCause.KEYS_REFUSED);
    pools.pausePool(tx, pool, pause);
    pools.setNotice(tx, pool, EVERY_KEY + CHECK_THE_ADDRESS);
    return pause;
  }

  private final Map<PoolId, Streak> streaks = new HashMap<>();

  /** Keys whose check is due since a key was accepted, but could not be requested. */
  private final Map<PoolId, Set<UUID>> toRecheck = new HashMap<>();

  /**
   * The consequences of a refusal.
   *
   * @param countsAgainstKey whether the refusal is evidence against the key
   * @param pause how long to pause the pool; empty when it need not pause, or is already paused
   */
  public record Decision(boolean countsAgainstKey, Optional<Duration> pause) {}

  /**
   * The results that are stored for refused tests.
   *
   * @param pause how long to pause the pool; null when it need not pause
   */
  record Judged(List<KeyCheckResult> tested, @Nullable Duration pause) {}

  private static final class Streak {
    final Set<String> accounts = new HashSet<>();
    final Set<UUID> marked = new HashSet<>();
    int pauses;
    Instant last = Instant.MIN;
    Instant pausedUntil = Instant.MIN;

    boolean everyKey() {
      return accounts.size() >= MIN_ACCOUNTS;
    }
  }

  /**
   * Counts a refusal of the key by the key check.
   *
   * @param account the account of the key, or its id if the account is unknown
   */
  public synchronized Decision recordRefusal(PoolId pool, String account, UUID key, Instant now) {
    var streak = streaks.computeIfAbsent(pool, p -> new Streak());
    if (streak.last.isAfter(Instant.MIN)
        && streak.last.plus(streak.everyKey() ? REMEMBERED : MAX_GAP).isBefore(now)) {
      streak = new Streak();
      streaks.put(pool, streak);
    }
    if (!streak.everyKey()) { // a pool may have a million accounts
      streak.accounts.add(account);
    }
    streak.last = now;
    if (!streak.everyKey()) {
      streak.marked.add(key);
      return new Decision(true, Optional.empty());
    }
    if (now.isBefore(streak.pausedUntil)) {
      return new Decision(false, Optional.empty());
    }
    var length = FIRST_PAUSE.multipliedBy(1L << Math.min(streak.pauses++, 5));
    var pause = length.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : length;
    streak.pausedUntil = now.plus(pause);
    return new Decision(false, Optional.of(pause));
  }

  /**
   * Counts the refused tests, and makes a test inconclusive if its refusal is no evidence against
   * the key.
   */
  Judged judge(PoolId pool, List<KeyCheckResult> refused, Instant now) {
    var tested = new ArrayList<KeyCheckResult>();
    @Nullable Duration pause = null;
    for (var test : refused) {
      var meaning = recordRefusal(pool, test.key().accountOrId(), test.key().keyId(), now);
      tested.add(meaning.countsAgainstKey() ? test : test.inconclusive());
      pause = meaning.pause().orElse(pause);
    }
    return new Judged(tested, pause);
  }

  /** Runs a transaction that stores a pause. If it fails, the next refusal decides again. */
  public <T> T storing(PoolId pool, Supplier<T> transaction) {
    try {
      return transaction.get();
    } catch (RuntimeException e) {
      forgetPause(pool);
      throw e;
    }
  }

  private synchronized void forgetPause(PoolId pool) {
    var streak = streaks.get(pool);
    if (streak != null) {
      streak.pausedUntil = Instant.MIN;
      streak.pauses = Math.max(0, streak.pauses - 1);
    }
  }

  /**
   * Reports an accepted key.
   *
   * @param recheck called with the marked keys if every key was refused; if it fails, the next
   *     accepted key repeats it
   */
  public void recordAccepted(PoolId pool, Consumer<List<UUID>> recheck) {
    var keys = takeMarked(pool);
    if (keys.isEmpty()) {
      return;
    }
    try {
      recheck.accept(keys);
    } catch (RuntimeException e) {
      keep(pool, keys);
      throw e;
    }
  }

  private synchronized List<UUID> takeMarked(PoolId pool) {
    var streak = streaks.remove(pool);
    if (streak != null && streak.everyKey()) {
      keep(pool, streak.marked);
    }
    var keys = toRecheck.remove(pool);
    return keys == null ? List.of() : List.copyOf(keys);
  }

  private synchronized void keep(PoolId pool, Collection<UUID> keys) {
    toRecheck.computeIfAbsent(pool, _ -> new HashSet<>()).addAll(keys);
  }
}

package dev.keywheel.sandbox.faults;

import dev.keywheel.sandbox.base.Hash;
import dev.keywheel.time.LruMap;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * State of keys and accounts: calls, first use, limits, cost. Only the most recently used keys and
 * accounts are kept.
 */
public final class Accounts {
  /** Maximum number of keys that are kept, and maximum number of accounts. */
  static final int MAX_KEYS = 20_000;

  /** OpenRouter's limit of {@code :free} calls per minute and account. */
  public static final int FREE_PER_MINUTE = 20;

  /** OpenRouter's limit of {@code :free} calls per day if the account never bought credits. */
  private static final int FREE_TIER_PER_DAY = 50;

  /** OpenRouter's limit of {@code :free} calls per day for all other accounts. */
  private static final int PER_DAY = 1000;

  private final Map<String, KeyMemory> keys = new LruMap<>(MAX_KEYS);
  private final Map<String, AccountMemory> accounts = new LruMap<>(MAX_KEYS);
  private final int freePerMinute;

  public Accounts(int freePerMinute) {
    this.freePerMinute = freePerMinute;
  }

  /** State of one key. Guarded by the lock of {@link Accounts}. */
  static final class KeyMemory {
    final Instant firstSeen;
    int completions;
    int checks;
    int open;
    double cost;
    @Nullable String firstModel;
    final Map<String, Integer> firstTokens = new HashMap<>();

    KeyMemory(Instant firstSeen) {
      this.firstSeen = firstSeen;
    }
  }

  private static final class AccountMemory {
    final Deque<Instant> lastMinute = new ArrayDeque<>();
    LocalDate day = LocalDate.EPOCH;
    int freeToday;
    int limit = PER_DAY;
  }

  public static String userId(String account) {
    return "user_" + Hash.of("account", account).hex(24);
  }

  public synchronized void reset() {
    keys.clear();
    accounts.clear();
  }

  /** The state of the key, created at its first call. Changed only while this object is locked. */
  synchronized KeyMemory memory(SandboxKey key, Instant now) {
    return keys.computeIfAbsent(key.text(), k -> new KeyMemory(now));
  }

  synchronized <T> T with(SandboxKey key, Instant now, Function<KeyMemory, T> change) {
    return change.apply(memory(key, now));
  }

  /** Counts a completion, which stays open until {@link #recordCallEnd}. */
  public synchronized void recordCallStart(SandboxKey key, Instant now) {
    memory(key, now).completions++;
    memory(key, now).open++;
  }

  public synchronized void recordCallEnd(SandboxKey key, Instant now) {
    memory(key, now).open--;
  }

  /** Counts a check of the key; returns the number of checks so far. */
  public synchronized int recordCheck(SandboxKey key, Instant now) {
    return ++memory(key, now).checks;
  }

  public synchronized void charge(SandboxKey key, double cost) {
    memory(key, Instant.EPOCH).cost += cost;
  }

  /** The amount in US dollars that the key has spent. */
  public synchronized double spent(SandboxKey key) {
    return memory(key, Instant.EPOCH).cost;
  }

  /**
   * Takes one call of a {@code :free} model from the account's daily and minute limits, if both
   * allow it.
   */
  public synchronized FreeCallResult takeFree(SandboxKey key, Instant now) {
    var account = account(key, now);
    while (!account.lastMinute.isEmpty()
        && account.lastMinute.getFirst().isBefore(now.minusSeconds(60))) {
      account.lastMinute.removeFirst();
    }
    if (account.freeToday >= account.limit) {
      return FreeCallResult.DAY_SPENT;
    }
    if (account.lastMinute.size() >= freePerMinute) {
      return FreeCallResult.MINUTE_SPENT;
    }
    account.lastMinute.addLast(now);
    account.freeToday++;
    return FreeCallResult.TAKEN;
  }

  public synchronized int freeUsed(SandboxKey key, Instant now) {
    return account(key, now).freeToday;
  }

  public synchronized int freeLimit(SandboxKey key, Instant now) {
    return account(key, now).limit;
  }

  public int freePerMinute() {
    return freePerMinute;
  }

  /** Uses up the account's free calls of the day. */
  synchronized void useUpDailyLimit(SandboxKey key, Instant now) {
    var account = account(key, now);
    account.freeToday = account.limit;
  }

  private AccountMemory account(SandboxKey key, Instant now) {
    var account = accounts.computeIfAbsent(key.account(), a -> new AccountMemory());
    if (key.behaviour().equals("freetier")) {
      account.limit = FREE_TIER_PER_DAY;
    }
    var today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    if (!account.day.equals(today)) {
      account.day = today;
      account.freeToday = 0;
    }
    return account;
  }

  public enum FreeCallResult {
    TAKEN,
    DAY_SPENT,
    MINUTE_SPENT
  }
}

package dev.keywheel.sandbox;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the sandbox remembers of keys and accounts: how often, since when, with which model. */
final class Accounts {

  /** OpenRouter's daily limits for {@code :free} models: without and with credits ever bought. */
  static final int FREE_TIER_PER_DAY = 50;

  static final int PER_DAY = 1000;

  private final Map<String, KeyMemory> keys = new HashMap<>();
  private final Map<String, AccountMemory> accounts = new HashMap<>();
  private final int freePerMinute;

  Accounts(int freePerMinute) {
    this.freePerMinute = freePerMinute;
  }

  /** One key's past. Guarded by the lock of {@link Accounts}. */
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

  static String userId(String account) {
    return "user_" + Hash.of("account", account).hex(24);
  }

  synchronized void reset() {
    keys.clear();
    accounts.clear();
  }

  /** The key's memory, begun by its first call. Changes to it are made inside {@link #with}. */
  synchronized KeyMemory memory(KeyText key, Instant now) {
    return keys.computeIfAbsent(key.text(), k -> new KeyMemory(now));
  }

  synchronized <T> T with(
      KeyText key, Instant now, java.util.function.Function<KeyMemory, T> change) {
    return change.apply(memory(key, now));
  }

  /**
   * Takes one call of a {@code :free} model from the account's day and minute, when both have one
   * left.
   */
  synchronized Taken takeFree(KeyText key, Instant now) {
    var account = account(key, now);
    while (!account.lastMinute.isEmpty()
        && account.lastMinute.getFirst().isBefore(now.minusSeconds(60))) {
      account.lastMinute.removeFirst();
    }
    if (account.freeToday >= account.limit) {
      return Taken.DAY_SPENT;
    }
    if (account.lastMinute.size() >= freePerMinute) {
      return Taken.MINUTE_SPENT;
    }
    account.lastMinute.addLast(now);
    account.freeToday++;
    return Taken.TAKEN;
  }

  synchronized int freeUsed(KeyText key, Instant now) {
    return account(key, now).freeToday;
  }

  synchronized int freeLimit(KeyText key, Instant now) {
    return account(key, now).limit;
  }

  int freePerMinute() {
    return freePerMinute;
  }

  /** Nothing is left of the account's day, whatever was used. */
  synchronized void spendDay(KeyText key, Instant now) {
    var account = account(key, now);
    account.freeToday = account.limit;
  }

  private AccountMemory account(KeyText key, Instant now) {
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

  /** How taking a free call ended. */
  enum Taken {
    TAKEN,
    DAY_SPENT,
    MINUTE_SPENT
  }
}

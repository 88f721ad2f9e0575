package dev.keywheel.gateway.seat;

import dev.keywheel.key.state.ApiKey;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The keys and accounts that a request was tried with at one target. A key whose account is unknown
 * counts as an account of its own, with the key's id as its name. Grows with each attempt: a
 * request may go through thousands of refused keys.
 */
public final class TriedKeys {
  private final Set<UUID> excluded = ConcurrentHashMap.newKeySet();
  private final Set<UUID> lastResort = ConcurrentHashMap.newKeySet();
  private final Set<String> excludedAccounts = ConcurrentHashMap.newKeySet();
  private final Set<String> lastResortAccounts = ConcurrentHashMap.newKeySet();
  private volatile boolean searchesOtherAccount;

  /** The key of the next attempt, compared with the key that just failed. */
  public enum Next {
    /** Another key, but the same key if no other key is usable. */
    OTHER_IF_POSSIBLE,
    OTHER,
    /** Another key, of another account if one is usable. */
    OTHER_ACCOUNT_IF_POSSIBLE,
    OTHER_ACCOUNT
  }

  /**
   * @param excluded keys that must not serve the request
   */
  public static TriedKeys without(Collection<UUID> excluded) {
    var tried = new TriedKeys();
    tried.excluded.addAll(excluded);
    return tried;
  }

  /** Adds a key that just failed. */
  public void add(ApiKey key, Next next) {
    (next == Next.OTHER_IF_POSSIBLE ? lastResort : excluded).add(key.id());
    switch (next) {
      case OTHER_IF_POSSIBLE, OTHER -> {}
      case OTHER_ACCOUNT_IF_POSSIBLE -> lastResortAccounts.add(key.accountOrId());
      case OTHER_ACCOUNT -> excludedAccounts.add(key.accountOrId());
    }
    searchesOtherAccount = next == Next.OTHER_ACCOUNT_IF_POSSIBLE || !excludedAccounts.isEmpty();
  }

  boolean excludes(ApiKey key) {
    return excluded.contains(key.id()) || excludedAccounts.contains(key.accountOrId());
  }

  public boolean excludesAnyOf(Collection<UUID> keys) {
    return keys.stream().anyMatch(excluded::contains);
  }

  /** Whether the key serves the request only if no other key can serve it. */
  boolean isLastResort(ApiKey key) {
    return lastResort.contains(key.id()) || lastResortAccounts.contains(key.accountOrId());
  }

  boolean hasLastResorts() {
    return !lastResort.isEmpty() || !lastResortAccounts.isEmpty();
  }

  /** The number of keys not wanted for the next attempt, without other keys of their accounts. */
  int count() {
    return excluded.size() + lastResort.size();
  }

  /**
   * Whether to read more keys than usual, to find one of another account: if the next attempt needs
   * such a key, or if the account may have caused the last failure.
   */
  boolean searchesOtherAccount() {
    return searchesOtherAccount;
  }
}

package dev.keywheel.gateway.seat;

import dev.keywheel.key.state.ApiKey;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * The keys and accounts that a request was tried with. A key of unknown account counts as an
 * account of its own, with the key's id as its name.
 *
 * @param excluded keys that must no longer serve the request
 * @param tried keys that serve the request again only if no other key can serve it
 * @param excludedAccounts accounts whose keys must no longer serve the request
 * @param triedAccounts accounts whose keys serve the request only if no other key can serve it
 */
public record TriedKeys(
    Set<UUID> excluded, Set<UUID> tried, Set<String> excludedAccounts, Set<String> triedAccounts) {
  public static final TriedKeys NONE = without(Set.of());

  public TriedKeys {
    excluded = Set.copyOf(excluded);
    tried = Set.copyOf(tried);
    excludedAccounts = Set.copyOf(excludedAccounts);
    triedAccounts = Set.copyOf(triedAccounts);
  }

  /** The key of the next attempt, compared with the key that just failed. */
  public enum Next {
    /** Another key, but the same key if no other key is usable. */
    OTHER_IF_POSSIBLE,
    OTHER,
    /** Another key, of another account if one is usable. */
    OTHER_ACCOUNT_IF_POSSIBLE,
    OTHER_ACCOUNT
  }

  public static TriedKeys without(Set<UUID> excluded) {
    return new TriedKeys(excluded, Set.of(), Set.of(), Set.of());
  }

  /** These keys and one more, which just failed. */
  public TriedKeys and(ApiKey key, Next next) {
    return switch (next) {
      case OTHER_IF_POSSIBLE ->
          new TriedKeys(excluded, with(tried, key.id()), excludedAccounts, triedAccounts);
      case OTHER -> new TriedKeys(with(excluded, key.id()), tried, excludedAccounts, triedAccounts);
      case OTHER_ACCOUNT_IF_POSSIBLE ->
          new TriedKeys(
              with(excluded, key.id()),
              tried,
              excludedAccounts,
              with(triedAccounts, key.accountOrId()));
      case OTHER_ACCOUNT ->
          new TriedKeys(
              with(excluded, key.id()),
              tried,
              with(excludedAccounts, key.accountOrId()),
              triedAccounts);
    };
  }

  private static <T> Set<T> with(Set<T> some, T another) {
    var all = new HashSet<>(some);
    all.add(another);
    return all;
  }

  boolean excludes(ApiKey key) {
    return excluded.contains(key.id()) || excludedAccounts.contains(key.accountOrId());
  }

  /** Whether the key may serve the request only as a last resort. */
  boolean contains(ApiKey key) {
    return tried.contains(key.id()) || triedAccounts.contains(key.accountOrId());
  }

  boolean isEmpty() {
    return tried.isEmpty() && triedAccounts.isEmpty();
  }

  /** The number of keys that are not wanted for the next attempt, without those of accounts. */
  int count() {
    return excluded.size() + tried.size();
  }

  /** Whether a key of another account than before is wanted. */
  boolean wantsOtherAccount() {
    return !excludedAccounts.isEmpty() || !triedAccounts.isEmpty();
  }
}

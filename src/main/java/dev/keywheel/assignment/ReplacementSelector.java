package dev.keywheel.assignment;

import static java.util.stream.Collectors.toUnmodifiableSet;

import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.run.Plan;
import dev.keywheel.run.Seat;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Selects the replacement for a key that may not be used: the next in rotation outside the plan,
 * otherwise the least recently assigned one of the plan. The replacement takes the next rotation
 * number; other seats do not change.
 */
public final class ReplacementSelector {
  /** Maximum number of the next keys that are searched for a key of another account. */
  private static final int MAX_SEARCHED = 200;

  private final KeyPool keys;
  private final KeySelector keySelector;

  public ReplacementSelector(KeyPool keys) {
    this.keys = keys;
    this.keySelector = new KeySelector(keys);
  }

  /**
   * The replacement for a key that may not be used; empty when no other key is usable.
   *
   * @param excluded keys excluded from the run, and those the operation has already used
   * @param refused keys whose accounts may be the cause of a refusal: a key of another account is
   *     preferred
   * @param otherAccount whether a key of another account is required
   */
  public Optional<Seat> select(
      Tx tx,
      PoolId pool,
      Plan plan,
      ModelClass models,
      Set<UUID> excluded,
      Set<UUID> refused,
      boolean otherAccount) {
    keys.rotation().lock(tx, pool);
    var outside = new HashSet<>(excluded);
    outside.addAll(plan.keys());
    var accounts =
        keys.find(tx, pool.workspaceId(), refused).stream()
            .map(ApiKey::accountOrId)
            .collect(toUnmodifiableSet());
    return next(tx, pool, models, outside, accounts)
        .or(() -> next(tx, pool, models, excluded, accounts))
        .or(
            () ->
                accounts.isEmpty() || otherAccount
                    ? Optional.empty()
                    : next(tx, pool, models, excluded, Set.of()))
        .map(key -> keySelector.assign(tx, List.of(key)).getFirst());
  }

  private Optional<ApiKey> next(
      Tx tx, PoolId pool, ModelClass models, Set<UUID> excluded, Set<String> accounts) {
    int most = accounts.isEmpty() ? 1 : MAX_SEARCHED;
    return keys.rotation().findUsable(tx, pool, models, excluded, most).stream()
        .filter(key -> !accounts.contains(key.accountOrId()))
        .findFirst();
  }
}

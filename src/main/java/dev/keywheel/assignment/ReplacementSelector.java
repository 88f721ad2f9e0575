package dev.keywheel.assignment;

import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.run.Plan;
import dev.keywheel.run.Seat;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Selects the replacement for a key that may not be used: the next in rotation outside the plan,
 * else the least recently assigned one of the plan. It is stamped like a seat and shifts no other
 * seat.
 */
final class ReplacementSelector {
  private final KeyPool keys;
  private final KeySelector keySelector;

  ReplacementSelector(KeyPool keys, KeySelector keySelector) {
    this.keys = keys;
    this.keySelector = keySelector;
  }

  Optional<Seat> select(Tx tx, PoolId pool, Plan plan, ModelClass models, Set<UUID> out) {
    keys.rotation().lock(tx, pool);
    var outside = new HashSet<>(out);
    outside.addAll(plan.keys());
    var next = keys.rotation().findUsable(tx, pool, models, outside, 1);
    if (next.isEmpty()) {
      next = keys.rotation().findUsable(tx, pool, models, out, 1);
    }
    return next.isEmpty() ? Optional.empty() : Optional.of(keySelector.stamp(tx, next).getFirst());
  }
}

package dev.keywheel.recovery;

import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.recovery.store.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Requests the due checks of limited and failed keys. Runs on one node at a time. The keys of a
 * paused pool are checked after the end of the pause. {@link
 * dev.keywheel.key.state.RecheckSchedule} computes when a check is due, for failed keys in {@code
 * ofFailed}.
 */
final class DueChecks {
  /**
   * Poll interval; normally, a check is requested at most this plus {@link #SPREAD} after it is
   * due.
   */
  static final Duration POLL_INTERVAL = Duration.ofSeconds(2);

  /**
   * Maximum delay of a check. Keys of one account become due at the same instant, so their checks
   * are delayed by different times, each at most a tenth of the key's wait.
   */
  static final Duration SPREAD = Duration.ofSeconds(5);

  /** Maximum number of keys requested at once; a pool whose batch has more to test is left out. */
  private static final int MAX_KEYS = 5_000;

  private final KeyPool keys;
  private final Recovery recovery;
  private final InstantSource clock;

  DueChecks(KeyPool keys, Recovery recovery, InstantSource clock) {
    this.keys = keys;
    this.recovery = recovery;
    this.clock = clock;
  }

  void requestDueTests() {
    var now = clock.instant();
    if (keys.rechecks().findDue(now, 1, Set.of()).isEmpty()) {
      return; // as usual; without a query of the running batches
    }
    var byPool = new LinkedHashMap<PoolId, List<UUID>>();
    for (var key : keys.rechecks().findDue(now, MAX_KEYS, recovery.busy(MAX_KEYS))) {
      if (!spread(key.at(), key.since(), key.keyId()).isAfter(now)) {
        byPool.computeIfAbsent(key.pool(), pool -> new ArrayList<>()).add(key.keyId());
      }
    }
    byPool.forEach(
        (pool, wanted) -> recovery.requestTests(pool, Trigger.DUE_CHECK, null, null, wanted));
  }

  /** The due time plus the key's delay, derived from the last bits of its id, which are random. */
  static Instant spread(Instant due, Instant since, UUID key) {
    long tenth = Duration.between(since, due).toMillis() / 10;
    long most = Math.clamp(tenth, 0, SPREAD.toMillis());
    return due.plusMillis(most * (key.getLeastSignificantBits() & 0xffff) / 0x10000);
  }
}

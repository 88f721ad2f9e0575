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
import java.util.UUID;

/**
 * Requests the due checks of limited and failed keys. Runs on one node at a time. The keys of a
 * paused pool are checked after the end of the pause.
 */
final class DueChecks {
  /**
   * Poll interval: the check of a limited key is requested at most this interval plus {@link
   * #SPREAD} after the end of its limit.
   */
  static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  /**
   * Keys of one account become due at the same instant, so each check is delayed by a different
   * time: at most this, and at most a tenth of the time from the key's change of status to its due
   * time.
   */
  static final Duration SPREAD = Duration.ofSeconds(5);

  /**
   * Maximum number of due keys of a pool that are requested at once. No further keys are requested
   * while the pool's batch has more keys than this to test.
   */
  private static final int AT_MOST = 5_000;

  private final KeyPool keys;
  private final Recovery recovery;
  private final InstantSource clock;

  DueChecks(KeyPool keys, Recovery recovery, InstantSource clock) {
    this.keys = keys;
    this.recovery = recovery;
    this.clock = clock;
  }

  void askDue() {
    var now = clock.instant();
    var byPool = new LinkedHashMap<PoolId, List<UUID>>();
    for (var key : keys.rechecks().findDue(now, AT_MOST, recovery.busy(AT_MOST))) {
      if (!spread(key.at(), key.since(), key.keyId()).isAfter(now)) {
        byPool.computeIfAbsent(key.pool(), pool -> new ArrayList<>()).add(key.keyId());
      }
    }
    byPool.forEach((pool, wanted) -> recovery.ask(pool, Trigger.DUE, null, null, wanted));
  }

  /**
   * The due time plus the key's delay, which is derived from the last bits of the key's id because
   * they are random.
   */
  static Instant spread(Instant due, Instant since, UUID key) {
    long tenth = Duration.between(since, due).toMillis() / 10;
    long most = Math.clamp(tenth, 0, SPREAD.toMillis());
    return due.plusMillis(most * (key.getLeastSignificantBits() & 0xffff) / 0x10000);
  }
}

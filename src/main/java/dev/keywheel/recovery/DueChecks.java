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
 * Requests the due checks of limited and failed keys, on one node at a time; a paused pool waits
 * for the end of its pause.
 */
final class DueChecks {
  /** A limited key is checked no later than this and {@link #SPREAD} after its limit ended. */
  static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  /**
   * Keys of one account become due at the same instant: each is delayed by an amount of its own, at
   * most this and at most a tenth of its wait.
   */
  static final Duration SPREAD = Duration.ofSeconds(5);

  /** Keys of a pool that are asked about at once; while more are in its batch, no others are. */
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

  /** The delayed time of a due check; the last bits of an id are random. */
  static Instant spread(Instant due, Instant since, UUID key) {
    long tenth = Duration.between(since, due).toMillis() / 10;
    long most = Math.clamp(tenth, 0, SPREAD.toMillis());
    return due.plusMillis(most * (key.getLeastSignificantBits() & 0xffff) / 0x10000);
  }
}

package dev.keywheel.recovery;

import dev.keywheel.db.Database;
import dev.keywheel.key.KeyPool;
import dev.keywheel.key.PoolId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Asks for the checks whose time has come, once over all nodes; a paused pool waits for its pause.
 */
final class DueChecks {
  /** A limited key is checked no later than this and {@link #SPREAD} after its limit ended. */
  static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  /**
   * Keys of one account become due in the same instant: each is put off by an amount of its own, at
   * most this and at most a tenth of what it waited anyway, so that nobody notices.
   */
  static final Duration SPREAD = Duration.ofSeconds(5);

  static final Duration LOOK_FOR_FAILED_EVERY = Duration.ofMinutes(1);

  /** A failed key is checked again after as long as it has been failed already, within these. */
  static final Duration FAILED_FIRST = Duration.ofMinutes(15);

  static final Duration FAILED_LONGEST = Duration.ofHours(24);

  private static final int AT_MOST = 10_000;

  private final Database database;
  private final KeyPool keys;
  private final Recovery recovery;
  private final InstantSource clock;
  private final FailedKeys failed = new FailedKeys();

  DueChecks(Database database, KeyPool keys, Recovery recovery, InstantSource clock) {
    this.database = database;
    this.keys = keys;
    this.recovery = recovery;
    this.clock = clock;
  }

  void askDue() {
    var now = clock.instant();
    var byPool = new LinkedHashMap<PoolId, List<UUID>>();
    for (var key : keys.due(now, AT_MOST)) {
      if (!spread(key.at(), key.since(), key.keyId()).isAfter(now)) {
        byPool.computeIfAbsent(key.pool(), pool -> new ArrayList<>()).add(key.keyId());
      }
    }
    ask(byPool);
  }

  void askFailed() {
    ask(database.read(dsl -> failed.due(dsl, clock.instant(), AT_MOST)));
  }

  /** When the key is asked about that is due then; the last bits of an id are random. */
  static Instant spread(Instant due, Instant since, UUID key) {
    long tenth = Duration.between(since, due).toMillis() / 10;
    long most = Math.clamp(tenth, 0, SPREAD.toMillis());
    return due.plusMillis(most * (key.getLeastSignificantBits() & 0xffff) / 0x10000);
  }

  private void ask(Map<PoolId, List<UUID>> byPool) {
    byPool.forEach(
        (pool, wanted) -> {
          if (keys.pause(pool).isEmpty()) {
            recovery.ask(pool, Trigger.DUE, null, null, wanted);
          }
        });
  }
}

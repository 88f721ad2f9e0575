package dev.keywheel.recovery;

import dev.keywheel.db.Database;
import dev.keywheel.key.KeyPool;
import dev.keywheel.key.PoolId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Asks for the checks whose time has come, once over all nodes; a paused pool waits for its pause.
 */
final class DueChecks {
  /** A limited key is checked no later than this after its limit ended. */
  static final Duration LOOK_EVERY = Duration.ofSeconds(2);

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
    ask(keys.due(clock.instant(), AT_MOST));
  }

  void askFailed() {
    ask(database.read(dsl -> failed.due(dsl, clock.instant(), AT_MOST)));
  }

  private void ask(Collection<KeyPool.Due> due) {
    Map<PoolId, List<UUID>> byPool = new LinkedHashMap<>();
    for (var key : due) {
      byPool.computeIfAbsent(key.pool(), pool -> new ArrayList<>()).add(key.keyId());
    }
    byPool.forEach(
        (pool, wanted) -> {
          if (keys.pause(pool).isEmpty()) {
            recovery.ask(pool, Trigger.DUE, null, null, wanted);
          }
        });
  }
}

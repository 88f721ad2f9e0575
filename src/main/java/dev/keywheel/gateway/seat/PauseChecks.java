package dev.keywheel.gateway.seat;

import dev.keywheel.db.Database;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.rotation.KeyJudge;
import dev.keywheel.time.TimeWindow;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Checks keys during a pause because of an outage, while this node sends no requests as probes. An
 * accepted key ends the pause; without the checks, runs of articles would wait until the pause is
 * over.
 */
public final class PauseChecks {
  /** Maximum number of keys that are checked in turn. */
  private static final int MAX_KEYS = 10;

  /** Interval of the search for pauses that another node, or this node before a restart, began. */
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(5);

  private final Database database;
  private final KeyPool keys;
  private final KeyJudge judge;
  private final Recovery recovery;
  private final InstantSource clock;
  private final BackgroundChecks checks;
  private final Map<PoolId, Integer> turns = new ConcurrentHashMap<>();
  private TimeWindow polled = TimeWindow.OVER;

  public PauseChecks(
      Database database,
      KeyPool keys,
      KeyJudge judge,
      Recovery recovery,
      InstantSource clock,
      BackgroundChecks checks) {
    this.database = database;
    this.keys = keys;
    this.judge = judge;
    this.recovery = recovery;
    this.clock = clock;
    this.checks = checks;
  }

  /** Begins the checks that are due; called several times a second by one thread. */
  public void begin() {
    var now = clock.instant();
    if (!polled.contains(now)) {
      polled = TimeWindow.from(now, POLL_INTERVAL);
      checks.begin(this, "The list of paused pools could not be read", this::findPauses);
    }
    for (PoolId pool : judge.probes().takeDueChecks(now)) {
      checks.begin(
          pool, "A key of paused " + pool.provider() + " could not be checked", () -> check(pool));
    }
  }

  private void findPauses() {
    var now = clock.instant();
    keys.status()
        .pausesToEnd()
        .forEach((pool, pause) -> judge.probes().recordPause(pool, pause, now));
  }

  private void check(PoolId pool) {
    if (!judge.probes().reconcile(pool, keys.status().findPause(pool), clock.instant())) {
      return;
    }
    int turn = turns.merge(pool, 0, (last, _) -> last + 1);
    var sent = clock.instant();
    var usable = keys.rotation().findNext(pool, keys.status().textClass(pool), MAX_KEYS);
    if (!usable.isEmpty() && recovery.isAccepted(usable.get(turn % usable.size()))) {
      judge.endPauseByCheck(database, pool, sent, clock.instant());
      recovery.recordAccepted(pool);
    }
  }
}

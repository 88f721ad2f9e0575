package dev.keywheel.gateway.seat;

import dev.keywheel.db.Database;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.rotation.KeyJudge;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks keys during the pauses of outages that this node began, unless requests are tried. An
 * accepted key ends the pause, for whose end the runs of articles would otherwise wait.
 */
public final class PauseChecks {
  private static final Logger log = LoggerFactory.getLogger(PauseChecks.class);

  /** Number of keys that are checked in turn. */
  private static final int KEYS = 10;

  private final Database database;
  private final KeyPool keys;
  private final KeyJudge judge;
  private final Recovery recovery;
  private final InstantSource clock;
  private final Executor checks;
  private final Set<PoolId> checking = ConcurrentHashMap.newKeySet();
  private final Map<PoolId, Integer> turns = new ConcurrentHashMap<>();

  public PauseChecks(
      Database database, KeyPool keys, KeyJudge judge, Recovery recovery, InstantSource clock) {
    this(database, keys, judge, recovery, clock, AnswerJudge.CHECKS);
  }

  PauseChecks(
      Database database,
      KeyPool keys,
      KeyJudge judge,
      Recovery recovery,
      InstantSource clock,
      Executor checks) {
    this.database = database;
    this.keys = keys;
    this.judge = judge;
    this.recovery = recovery;
    this.clock = clock;
    this.checks = checks;
  }

  /** Begins the checks that are due; called several times a second by one thread. */
  public void begin() {
    for (PoolId pool : judge.probes().takeDueChecks(clock.instant())) {
      if (checking.add(pool)) {
        int next = turns.merge(pool, 0, (last, _) -> last + 1);
        checks.execute(() -> check(pool, next));
      }
    }
  }

  private void check(PoolId pool, int next) {
    try {
      var sent = clock.instant();
      var usable = keys.rotation().findNext(pool, keys.status().textClass(pool), KEYS);
      if (!usable.isEmpty() && recovery.isAccepted(usable.get(next % usable.size()))) {
        judge.accepted(database, pool, sent);
        recovery.accepted(pool);
      }
    } catch (RuntimeException e) {
      if (!(e instanceof Database.MarkedUnavailable)) {
        log.warn("A key of paused {} could not be checked: {}", pool.provider(), e.toString());
      }
    } finally {
      checking.remove(pool);
    }
  }
}

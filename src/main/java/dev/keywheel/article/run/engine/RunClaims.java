package dev.keywheel.article.run.engine;

import dev.keywheel.article.run.model.RunSettings;
import dev.keywheel.db.Tx;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.run.AttemptRepository;
import dev.keywheel.run.OpenRuns;
import dev.keywheel.run.Run;
import dev.keywheel.run.RunRepository;
import dev.keywheel.run.RunState;
import dev.keywheel.settings.SettingsStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Claims runs for a worker. The pool's active keys limit how many runs work at the same time. A run
 * whose node died is claimed like any other once {@link dev.keywheel.job.Jobs} starts its job
 * elsewhere: its fence is increased, and calls that were in flight become unknown.
 */
final class RunClaims {
  private final KeyPool keys;
  private final SettingsStore settings;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final RunRepository runs = new RunRepository();
  private final OpenRuns openRuns = new OpenRuns();

  RunClaims(KeyPool keys, SettingsStore settings, ExecutionLog log, InstantSource clock) {
    this.keys = keys;
    this.settings = settings;
    this.log = log;
    this.clock = clock;
  }

  sealed interface Claim {
    record Ended() implements Claim {}

    /** The limit of concurrent runs is reached, or other queued runs start first. */
    record NotYet() implements Claim {}

    /**
     * @param gains how many keys the pool had gained when the run was claimed; a key gained later
     *     wakes the run if it waits
     */
    record Claimed(Run run, long gains) implements Claim {}
  }

  /** Claims the run if it may work now. The pool's lock serializes the choice of the next run. */
  Claim claim(Tx tx, UUID runId) {
    var pool = runs.find(tx.dsl(), runId).map(Run::pool);
    if (pool.isEmpty()) {
      return new Claim.Ended();
    }
    keys.rotation().lock(tx, pool.get());
    var run = runs.lock(tx, runId).filter(r -> !r.state().ended());
    return run.isEmpty() ? new Claim.Ended() : claim(tx, run.get());
  }

  private Claim claim(Tx tx, Run run) {
    boolean waiting = run.state() == RunState.QUEUED || run.state() == RunState.WAITING_KEYS;
    if (waiting && !run.cancelRequested() && !mayWork(tx, run)) {
      if (run.state() == RunState.WAITING_KEYS) {
        runs.recordKnownGains(tx, run.id(), keys.status().gainedKeys(tx, run.pool()));
      }
      return new Claim.NotYet();
    }
    var now = clock.instant();
    var state = run.plan() == null ? RunState.PLANNING : RunState.RUNNING;
    boolean interrupted = !waiting && !run.cancelRequested();
    runs.claim(tx, run.id(), state, interrupted, now, giveUpAt(tx, run, now));
    runs.resetOperations(tx, run.id());
    var claimed = runs.lock(tx, run.id()).orElseThrow();
    var lines = new ArrayList<>(List.of(RunLogMessages.taken(claimed, run.startedAt() == null)));
    int unknown = AttemptRepository.closeSent(tx, run.id(), now);
    if (unknown > 0) {
      lines.add(RunLogMessages.unknown(unknown));
    }
    log.append(tx, run.id(), now, lines);
    return new Claim.Claimed(claimed, keys.status().gainedKeys(tx, claimed.pool()));
  }

  /** When the run's wait for a key ends. The time in the queue does not count. */
  private Instant giveUpAt(Tx tx, Run run, Instant now) {
    var set = run.giveUpAt();
    int hours = RunSettings.of(settings, tx, run.pool().workspaceId()).waitHours();
    return set == null || run.state() == RunState.QUEUED ? now.plus(Duration.ofHours(hours)) : set;
  }

  private boolean mayWork(Tx tx, Run run) {
    int allowed =
        RunSettings.of(settings, tx, run.pool().workspaceId())
            .allowed(keys.status().counts(tx, run.pool()).active());
    if (openRuns.working(tx.dsl(), run.pool()) >= allowed) {
      return false;
    }
    return run.state() == RunState.WAITING_KEYS
        || openRuns.queued(tx.dsl(), run.pool()).stream().limit(allowed).anyMatch(run.id()::equals);
  }
}

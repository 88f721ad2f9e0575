package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.article.run.model.RunLimits;
import dev.keywheel.article.run.model.RunSettings;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.run.OpenRuns;
import dev.keywheel.run.OperationRepository;
import dev.keywheel.run.OperationState;
import dev.keywheel.run.Run;
import dev.keywheel.run.RunQueries;
import dev.keywheel.run.RunRepository;
import dev.keywheel.settings.SettingsStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;

/** Retries ended runs, by command or automatically. */
final class RunRetry {
  /** Delay before the first automatic retry. It doubles with each further retry. */
  private static final Duration FIRST_DELAY = Duration.ofMinutes(5);

  private final Database database;
  private final KeyPool keys;
  private final SettingsStore settings;
  private final ExecutionLog log;
  private final Jobs jobs;
  private final InstantSource clock;
  private final RunRepository runs = new RunRepository();
  private final OpenRuns openRuns = new OpenRuns();
  private final OperationRepository operations = new OperationRepository();

  RunRetry(
      Database database,
      KeyPool keys,
      SettingsStore settings,
      ExecutionLog log,
      Jobs jobs,
      InstantSource clock) {
    this.database = database;
    this.keys = keys;
    this.settings = settings;
    this.log = log;
    this.jobs = jobs;
    this.clock = clock;
  }

  /**
   * Resets the operations that did not succeed, and those that depend on them; a plan of keys is
   * dropped if one of its keys is no longer active.
   *
   * @param only number of the one failed operation to reset; 0 for all
   * @param alongside further writes in the same transaction
   */
  void retry(UUID workspace, UUID runId, int only, Consumer<Tx> alongside) {
    database.runTx(
        tx -> {
          var run = lock(tx, runId);
          if (!run.pool().workspaceId().equals(workspace)) {
            throw noRun();
          }
          if (!run.state().ended()) {
            throw new Conflict("Not ended yet", "This run has not ended yet.");
          }
          PartRepository.lock(tx, run.articleId());
          if (PartRepository.deleted(tx, run.articleId())) {
            throw new Conflict(
                "Article deleted",
                "The article of this run is deleted, so the run cannot be retried. If the article is"
                    + " still in the trash, restore it first.");
          }
          if (openRuns.articleBusy(tx.dsl(), run.articleId())) {
            throw new Conflict(
                "Run in progress",
                "Another run is working on this article; wait for it or cancel it first.");
          }
          var missing = missing(run, only);
          if (missing.isEmpty()) {
            throw new Conflict(
                "Nothing to retry",
                only == 0
                    ? "All operations of this run succeeded; there is nothing to retry."
                    : "This operation did not fail; there is nothing to retry.");
          }
          RunLimits.requirePlace(openRuns.queued(tx.dsl(), run.pool()).size());
          reopen(tx, run, missing, false, alongside);
        });
    jobs.nudge();
  }

  /** The time of the automatic retry of a run that ends now; empty if there is none. */
  static Optional<Instant> automaticAt(RunSettings limits, int retriesBefore, Instant now) {
    return retriesBefore < limits.retries()
        ? Optional.of(now.plus(FIRST_DELAY.multipliedBy(1L << retriesBefore)))
        : Optional.empty();
  }

  /**
   * Retries a run automatically if that is due. Postpones the retry while the queue is full, and
   * drops it if the workspace or the article no longer allows it.
   */
  void retryAutomatically(UUID runId) {
    database.runTx(
        tx -> {
          var run = lock(tx, runId);
          var due = RunQueries.retryAt(tx.dsl(), runId).filter(at -> !at.isAfter(clock.instant()));
          if (due.isEmpty() || !run.state().ended()) {
            return;
          }
          var missing = missing(run);
          PartRepository.lock(tx, run.articleId());
          var workspace = run.pool().workspaceId();
          boolean wanted =
              RunSettings.of(settings, tx, workspace).retries() > 0
                  && !tx.dsl().fetchValues(WorkspaceIds.archived()).contains(workspace)
                  && !missing.isEmpty()
                  && !PartRepository.deleted(tx, run.articleId());
          if (!wanted || openRuns.articleBusy(tx.dsl(), run.articleId())) {
            runs.setRetryAt(tx, runId, null);
          } else if (openRuns.queued(tx.dsl(), run.pool()).size() >= RunLimits.MAX_QUEUED) {
            postpone(tx, runId);
          } else {
            reopen(tx, run, missing, true, _ -> {});
          }
        });
    jobs.nudge();
  }

  /** Postpones an automatic retry; only the first of several postponements is logged. */
  private void postpone(Tx tx, UUID runId) {
    var now = clock.instant();
    runs.setRetryAt(tx, runId, now.plus(RunLimits.QUEUE_FULL_DELAY));
    var line = RunLogMessages.retryPostponed();
    if (!log.endsWith(tx, runId, line.code())) {
      log.append(tx, runId, now, List.of(line));
    }
  }

  /** Cancels the automatic retry of an ended run. */
  void cancelAutomatic(Tx tx, UUID runId, String actor) {
    runs.setRetryAt(tx, runId, null);
    log.append(tx, runId, clock.instant(), List.of(RunLogMessages.retryCancelled(actor)));
  }

  private static Set<Integer> missing(Run run, int only) {
    return only == 0
        ? missing(run)
        : run.operations().get(only) == OperationState.FAILED ? Set.of(only) : Set.of();
  }

  private static Set<Integer> missing(Run run) {
    var missing = new TreeSet<Integer>();
    var inputs = RunInputs.of(run);
    run.operations()
        .forEach(
            (ordinal, state) -> {
              if (inputs.includes(ordinal) && !state.delivered()) {
                missing.add(ordinal);
              }
            });
    return missing;
  }

  private void reopen(
      Tx tx, Run run, Set<Integer> missing, boolean automatic, Consumer<Tx> alongside) {
    var again = new TreeSet<>(Graph.withDependents(missing));
    var inputs = RunInputs.of(run);
    again.removeIf(operation -> !inputs.includes(operation));
    operations.resetForRetry(tx, run.id(), again);
    var now = clock.instant();
    runs.reopen(tx, run.id(), automatic, keepsPlan(tx, run), now);
    jobs.wake(tx, RunJob.NAME, run.id().toString(), now);
    alongside.accept(tx);
    var names = again.stream().map(ordinal -> Operation.of(ordinal).label()).toList();
    log.append(tx, run.id(), now, List.of(RunLogMessages.retried(names)));
  }

  private boolean keepsPlan(Tx tx, Run run) {
    var plan = run.plan();
    return plan != null
        && plan.seats().stream()
            .allMatch(
                s ->
                    keys.find(tx, run.pool().workspaceId(), s.keyId())
                        .filter(k -> k.status() == KeyStatus.ACTIVE)
                        .isPresent());
  }

  /** Locks the pool, then the run. */
  private Run lock(Tx tx, UUID runId) {
    var pool = runs.find(tx.dsl(), runId).map(Run::pool).orElseThrow(RunRetry::noRun);
    keys.rotation().lock(tx, pool);
    return lock(runs, tx, pool.workspaceId(), runId);
  }

  /** Locks a run; fails if the workspace has no such run. */
  static Run lock(RunRepository runs, Tx tx, UUID workspace, UUID runId) {
    return runs.lock(tx, runId)
        .filter(r -> r.pool().workspaceId().equals(workspace))
        .orElseThrow(RunRetry::noRun);
  }

  private static NotFound noRun() {
    return new NotFound("There is no such run.");
  }
}

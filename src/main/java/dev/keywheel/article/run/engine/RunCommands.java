package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.run.model.RunLimits;
import dev.keywheel.article.run.model.RunRequest;
import dev.keywheel.article.run.model.RunSettings;
import dev.keywheel.article.store.ArticleRepository;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.StreamKind;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.run.OpenRuns;
import dev.keywheel.run.RunQueries;
import dev.keywheel.run.RunRepository;
import dev.keywheel.run.RunRepository.NewRun;
import dev.keywheel.settings.SettingsStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Starts, cancels and retries runs. Each command is one transaction that also schedules the job.
 */
public final class RunCommands {
  private static final Duration MAX_TURN_WAIT = Duration.ofSeconds(10);

  private final Database database;
  private final KeyPool keys;
  private final CallExecutor calls;
  private final SettingsStore settings;
  private final ExecutionLog log;
  private final Audit audit;
  private final Jobs jobs;
  private final Ids ids;
  private final InstantSource clock;
  private final RunRepository runs = new RunRepository();
  private final OpenRuns openRuns = new OpenRuns();
  private final PoolTurns turns = new PoolTurns(MAX_TURN_WAIT);
  private final RunRetry retries;

  public RunCommands(
      Database database,
      KeyPool keys,
      CallExecutor calls,
      SettingsStore settings,
      ExecutionLog log,
      Audit audit,
      Jobs jobs,
      Ids ids,
      InstantSource clock) {
    this.database = database;
    this.audit = audit;
    this.keys = keys;
    this.calls = calls;
    this.settings = settings;
    this.log = log;
    this.jobs = jobs;
    this.ids = ids;
    this.clock = clock;
    this.retries = new RunRetry(database, keys, settings, log, jobs, clock);
  }

  /** Creates an article with its first run. Returns the run's id, even for a repeated request. */
  public UUID createArticle(RunRequest request) {
    return startOnce(
        request,
        tx -> {
          var article = ids.next();
          var articleRequest = request.inputs().wishes();
          ArticleRepository.insert(
              tx, article, articleRequest, request.demo(), request.who(), clock.instant());
          return insert(tx, article, "full", request);
        });
  }

  /**
   * Starts a run for an existing article: for one part, or for all unlocked parts.
   *
   * @return id of the run
   * @throws Conflict when another run of the article has not ended
   */
  public UUID regenerate(UUID articleId, RunRequest request) {
    return startOnce(
        request,
        tx -> {
          ArticleRepository.lock(tx, articleId);
          if (openRuns.articleBusy(tx.dsl(), articleId)) {
            throw new Conflict(
                "Run in progress",
                "A run is working on this article; wait for it or cancel it first.");
          }
          return insert(tx, articleId, request.inputs().only() == 0 ? "rerun" : "part", request);
        });
  }

  /** Returns the run that the request created before, or inserts a new one. */
  private UUID startOnce(RunRequest request, Function<Tx, UUID> insert) {
    var run =
        turns.inTurn(
            request.pool(),
            () -> database.inTx(tx -> findOrAdmit(tx, request).orElseGet(() -> insert.apply(tx))));
    jobs.nudge();
    return run;
  }

  /** The run of a repeated request; empty for a new request, which fails if the queue is full. */
  private Optional<UUID> findOrAdmit(Tx tx, RunRequest request) {
    keys.rotation().lock(tx, request.pool());
    var existing = findCreated(tx, request);
    if (existing.isEmpty()) {
      RunLimits.requirePlace(openRuns.queued(tx.dsl(), request.pool()).size());
    }
    return existing;
  }

  private Optional<UUID> findCreated(Tx tx, RunRequest request) {
    return openRuns.ofRequest(tx.dsl(), request.pool().workspaceId(), request.id());
  }

  private UUID insert(Tx tx, UUID articleId, String kind, RunRequest request) {
    var inputs = request.inputs();
    var pool = request.pool();
    var who = request.who();
    var run =
        new NewRun(
            ids.next(),
            pool,
            articleId,
            request.id(),
            kind,
            request.mode(),
            inputs,
            request.demo(),
            who.userId(),
            who.email());
    var now = clock.instant();
    if (!runs.insert(tx, run, now)) {
      return findCreated(tx, request).orElseThrow();
    }
    var skipped =
        Operation.all().stream()
            .map(Operation::number)
            .filter(number -> !inputs.includes(number))
            .collect(Collectors.toSet());
    runs.insertOperations(
        tx, run.id(), Operation.all().stream().map(Operation::label).toList(), skipped);
    jobs.schedule(tx, RunJob.NAME, run.id().toString(), now);
    log.open(tx, run.id(), pool.workspaceId(), StreamKind.RUN);
    audit.record(
        tx,
        who,
        AuditAction.STARTED_RUN,
        run.id().toString(),
        Map.of("article", articleId, "kind", kind, "provider", pool.provider()));
    log.append(
        tx,
        run.id(),
        now,
        List.of(RunLogMessages.created(inputs.wishes().topic(), request.demo())));
    return run.id();
  }

  /**
   * Requests the cancellation of a run, unless it is requested already, wakes its job, and aborts
   * its calls in progress, so that it starts no further call. Finished operations are kept. For a
   * run that has ended, cancels its automatic retry instead.
   *
   * @return false if the automatic retry was cancelled
   * @throws Conflict if the run has ended and no automatic retry is planned
   */
  public boolean cancel(UUID runId, Principal who) {
    return cancel(who.workspaceId(), runId, who.email(), who.userId(), null);
  }

  /** Like {@link #cancel(UUID, Principal)}, but on behalf of a component of Keywheel. */
  public void cancel(UUID workspace, UUID runId, String actor) {
    cancel(workspace, runId, actor, null, null);
  }

  /**
   * Like {@link #cancel(UUID, UUID, String)}, but only if the article was deleted before the given
   * time; otherwise changes nothing.
   */
  public void cancelOfDeleted(UUID workspace, UUID runId, Instant before) {
    cancel(workspace, runId, "the deletion of the article", null, before);
  }

  private boolean cancel(
      UUID workspace,
      UUID runId,
      String actor,
      @Nullable UUID actorId,
      @Nullable Instant deletedBefore) {
    boolean requested =
        database.inTx(
            tx -> {
              var run = RunRetry.lock(runs, tx, workspace, runId);
              if (deletedBefore != null
                  && !PartRepository.lockDeleted(tx, run.articleId(), deletedBefore)) {
                return false;
              }
              var id = runId.toString();
              if (run.state().ended() && RunQueries.retryAt(tx.dsl(), runId).isPresent()) {
                var details = Map.of("automatic retry", true);
                audit.record(tx, workspace, actor, actorId, AuditAction.CANCELLED_RUN, id, details);
                retries.cancelAutomatic(tx, runId, actor);
                return false;
              }
              if (run.state().ended()) {
                var state = run.state().label().toLowerCase(Locale.ROOT);
                throw new Conflict("Already ended", "This run has ended already (" + state + ").");
              }
              jobs.wake(tx, RunJob.NAME, id, clock.instant());
              if (!run.cancelRequested()) {
                runs.requestCancel(tx, runId, actor);
                audit.record(
                    tx, workspace, actor, actorId, AuditAction.CANCELLED_RUN, id, Map.of());
              }
              return true;
            });
    jobs.nudge();
    if (requested) {
      calls.abort(runId);
    }
    return requested;
  }

  /**
   * Retries the operations that did not succeed.
   *
   * @param only number of the one failed operation to retry, with those that depend on it; 0 for
   *     all operations that did not succeed
   */
  public void retry(UUID runId, int only, Principal who) {
    Map<String, Object> which = only == 0 ? Map.of() : Map.of("operation", only);
    retries.retry(
        who.workspaceId(),
        runId,
        only,
        tx -> audit.record(tx, who, AuditAction.RETRIED_RUN, runId.toString(), which));
  }

  void retryAutomatically(UUID runId) {
    retries.retryAutomatically(runId);
  }

  /** Wakes waiting runs whose pool has gained a key since their last attempt. */
  public void wakeWaiting() {
    var now = clock.instant();
    var woken =
        database.inTx(
            tx -> {
              var gains = new HashMap<PoolId, Long>();
              var waiting = openRuns.waiting(tx.dsl());
              waiting.removeIf(
                  run ->
                      run.gainedKeys()
                          == gains.computeIfAbsent(
                              run.pool(), p -> keys.status().gainedKeys(tx, p)));
              waiting.forEach(run -> jobs.wake(tx, RunJob.NAME, run.id().toString(), now));
              return waiting;
            });
    if (!woken.isEmpty()) {
      jobs.nudge();
    }
  }

  /** 1-based position in the queue, for pages; 0 when the run is not queued or may start now. */
  public int placeInQueue(PoolId pool, UUID runId) {
    int place = database.read(dsl -> openRuns.queued(dsl, pool)).indexOf(runId) + 1;
    var rule = RunSettings.of(settings, pool.workspaceId());
    int free =
        rule.allowed(keys.status().counts(pool).active())
            - database.read(dsl -> openRuns.working(dsl, pool));
    return Math.max(0, place - Math.max(0, free));
  }
}

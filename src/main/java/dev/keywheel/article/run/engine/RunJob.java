package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Models;
import dev.keywheel.article.run.engine.Pipeline.Result;
import dev.keywheel.article.run.model.OperationModels;
import dev.keywheel.article.run.model.Run;
import dev.keywheel.article.run.model.RunLimits;
import dev.keywheel.article.run.model.RunState;
import dev.keywheel.article.run.store.RunLogMessages;
import dev.keywheel.article.run.store.RunQueue;
import dev.keywheel.article.run.store.RunRepository;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.assignment.Assignment;
import dev.keywheel.assignment.AssignmentRequest;
import dev.keywheel.assignment.Assignments;
import dev.keywheel.assignment.Plan;
import dev.keywheel.assignment.RunFencedException;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.db.Tx;
import dev.keywheel.job.Job;
import dev.keywheel.job.JobResult;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.provider.Providers;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.settings.SettingsStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A run as durable work: takes it, plans it, turns it, ends it. May be started again at any point,
 * by this node or another; what is finished is never done again.
 */
public final class RunJob implements Job {
  public static final String NAME = "article_run";

  private static final Logger LOG = LoggerFactory.getLogger(RunJob.class);

  /** The database was away for longer than a run waits for it. */
  private static final Duration DATABASE_AWAY = Duration.ofSeconds(2);

  /** An earlier worker on this node has not noticed yet that it lost the run. */
  private static final Duration STILL_UNDER_WAY = Duration.ofSeconds(2);

  /** A queued run looks so often whether it is its turn, besides being woken when another ends. */
  private static final Duration QUEUE_LOOK = Duration.ofSeconds(15);

  private final Database database;
  private final KeyPool keys;
  private final Assignments assignments;
  private final CallExecutor calls;
  private final Providers providers;
  private final SettingsStore settings;
  private final ExecutionLog log;
  private final Jobs jobs;
  private final Ids ids;
  private final InstantSource clock;
  private final RunCommands start;
  private final OperationRunner operationRunner;
  private final UnavailableModels unavailableModels;
  private final RunRepository runs = new RunRepository();
  private final RunQueue queue = new RunQueue();
  private final RunCompletion end;
  private final Set<UUID> underWay = ConcurrentHashMap.newKeySet();

  public RunJob(
      Database database,
      KeyPool keys,
      Assignments assignments,
      CallExecutor calls,
      Providers providers,
      SettingsStore settings,
      ExecutionLog log,
      Jobs jobs,
      Ids ids,
      InstantSource clock,
      RunCommands start,
      ToolCheck toolCheck) {
    this.database = database;
    this.keys = keys;
    this.assignments = assignments;
    this.calls = calls;
    this.providers = providers;
    this.settings = settings;
    this.log = log;
    this.jobs = jobs;
    this.ids = ids;
    this.clock = clock;
    this.start = start;
    this.operationRunner = new OperationRunner(toolCheck);
    this.unavailableModels = new UnavailableModels(clock);
    this.end = new RunCompletion(database, log, clock);
  }

  @Override
  public JobResult run(String instance) {
    var runId = UUID.fromString(instance);
    if (!underWay.add(runId)) {
      return again(STILL_UNDER_WAY);
    }
    try (var _ = MDC.putCloseable("run", instance)) {
      return turn(runId);
    } catch (RunFencedException _) {
      return new JobResult.Done();
    } catch (RuntimeException e) {
      if (!TransientErrors.isTransient(e)) {
        throw e;
      }
      LOG.warn("Run {} stopped, the database is away: {}", runId, e.getMessage());
      return again(DATABASE_AWAY);
    } finally {
      underWay.remove(runId);
    }
  }

  /** Gives each run that has not ended a job when it has none. */
  public void scheduleForgotten() {
    database.runTx(tx -> jobs.scheduleMissing(tx, NAME, RunQueue.unfinished()));
  }

  private JobResult again(Duration after) {
    return new JobResult.Again(clock.instant().plus(after));
  }

  private JobResult turn(UUID runId) {
    return switch (database.inTx(tx -> take(tx, runId))) {
      case Taken.Gone _ -> retried(runId);
      case Taken.NotYet _ -> new JobResult.Again(clock.instant().plus(QUEUE_LOOK));
      case Taken.Mine(var run, var gains) ->
          run.cancelRequested() ? cancelled(run) : planned(run, gains);
    };
  }

  /** Of an ended run: retries it when that is due; the job that is woken by it goes on then. */
  private JobResult retried(UUID runId) {
    var at = database.read(dsl -> runs.retryAt(dsl, runId));
    if (at.isEmpty()) {
      return new JobResult.Done();
    }
    if (at.get().isAfter(clock.instant())) {
      return new JobResult.Again(at.get());
    }
    start.retryByItself(runId);
    return new JobResult.Done();
  }

  private sealed interface Taken {
    record Gone() implements Taken {}

    record NotYet() implements Taken {}

    /**
     * @param gains of the run's pool before anything was decided: a key that comes later wakes it
     */
    record Mine(Run run, long gains) implements Taken {}
  }

  /** Takes the run, when it is its turn; the pool's row serialises who is next. */
  private Taken take(Tx tx, UUID runId) {
    var pool = runs.find(tx.dsl(), runId).map(Run::pool);
    if (pool.isEmpty()) {
      return new Taken.Gone();
    }
    keys.rotation().lock(tx, pool.get());
    var run = runs.lock(tx, runId).filter(r -> !r.state().ended());
    if (run.isEmpty()) {
      return new Taken.Gone();
    }
    boolean fresh =
        run.get().state() == RunState.QUEUED || run.get().state() == RunState.WAITING_KEYS;
    if (fresh && !run.get().cancelRequested() && !mayWork(tx, run.get())) {
      return new Taken.NotYet();
    }
    var now = clock.instant();
    boolean first = run.get().startedAt() == null;
    var state = run.get().plan() == null ? RunState.PLANNING : RunState.RUNNING;
    runs.take(tx, runId, state, !fresh && !run.get().cancelRequested(), now);
    runs.operationsReady(tx, runId);
    var mine = runs.lock(tx, runId).orElseThrow();
    var lines = new ArrayList<>(List.of(RunLogMessages.taken(mine, first)));
    int unknown = runs.attemptsUnknown(tx, runId, now);
    if (unknown > 0) {
      lines.add(RunLogMessages.unknown(unknown));
    }
    log.append(tx, runId, now, lines);
    return new Taken.Mine(mine, keys.status().gains(tx, mine.pool()));
  }

  private boolean mayWork(Tx tx, Run run) {
    int allowed = rule(tx, run.pool()).allowed(keys.status().counts(tx, run.pool()).active());
    if (queue.working(tx.dsl(), run.pool()) >= allowed) {
      return false;
    }
    return run.state() == RunState.WAITING_KEYS
        || queue.queued(tx.dsl(), run.pool()).stream().limit(allowed).anyMatch(run.id()::equals);
  }

  private JobResult planned(Run run, long gains) {
    var models = models(run);
    var plan = run.plan();
    if (plan != null) {
      return turned(run, plan, models, gains);
    }
    var text = models.textClass();
    var request = new AssignmentRequest(run.lease(), run.startedBy(), Pipeline.COUNTED, 8, text);
    return switch (assignments.assign(request, (tx, made) -> runs.plan(tx, run.lease(), made))) {
      case Assignment.Planned(var made) -> {
        database.runTx(tx -> runs.state(tx, run.lease(), RunState.RUNNING));
        yield turned(run, made, models, gains);
      }
      case Assignment.NoKeys _ when jobs.stopping().begun() -> new JobResult.Again(clock.instant());
      case Assignment.NoKeys(var nextTry, var why) -> waits(run, nextTry, why, gains);
      case Assignment.Fenced _ -> new JobResult.Done();
    };
  }

  private OperationModels models(Run run) {
    var provider = run.pool().provider();
    var lists =
        settings.read(
            run.pool().workspaceId(), Models.setting(provider), Models.class, Models.DEFAULT);
    return new OperationModels(
        lists.preferring(run.inputs().models()),
        providers.byName(provider).catalogue(),
        unavailableModels.now());
  }

  private RunLimits rule(Tx tx, PoolId pool) {
    return settings.read(
        tx, pool.workspaceId(), RunLimits.SETTING, RunLimits.class, RunLimits.DEFAULT);
  }

  private RunLimits rule(PoolId pool) {
    return settings.read(pool.workspaceId(), RunLimits.SETTING, RunLimits.class, RunLimits.DEFAULT);
  }

  private JobResult turned(Run run, Plan plan, OperationModels models, long gains) {
    var journal = new RunRecorder(database, log, ids, clock, run, rule(run.pool()));
    var pipeline =
        new Pipeline(
            database,
            jobs.stopping(),
            calls,
            new OperationWork(
                database,
                calls,
                providers,
                operationRunner,
                unavailableModels,
                clock,
                run,
                plan,
                journal,
                models),
            clock,
            run,
            journal);
    return switch (pipeline.turn()) {
      case Result.AllEnded _ -> {
        var retry = end.complete(run, rule(run.pool()));
        wakeNext(run.pool());
        yield retry.<JobResult>map(JobResult.Again::new).orElseGet(JobResult.Done::new);
      }
      case Result.Waiting(var until, var why) -> waits(run, until, why, gains);
      case Result.Cancelled _ -> cancelled(run);
      case Result.Interrupted _ -> new JobResult.Again(clock.instant());
      case Result.DatabaseAway _ -> again(DATABASE_AWAY);
      case Result.Lost _ -> new JobResult.Done();
    };
  }

  private JobResult cancelled(Run run) {
    end.cancel(run);
    return next(run.pool());
  }

  private JobResult waits(Run run, Instant until, String why, long gains) {
    var giveUp = Optional.ofNullable(run.giveUpAt());
    if (giveUp.isPresent() && !clock.instant().isBefore(giveUp.get())) {
      end.giveUp(run, why);
      return next(run.pool());
    }
    database.runTx(
        tx -> {
          runs.waiting(tx, run.lease(), until, why, gains);
          log.append(tx, run.id(), clock.instant(), List.of(RunLogMessages.paused(until, why)));
        });
    wakeNext(run.pool());
    return new JobResult.Again(
        giveUp.isPresent() && giveUp.get().isBefore(until) ? giveUp.get() : until);
  }

  private JobResult next(PoolId pool) {
    wakeNext(pool);
    return new JobResult.Done();
  }

  /** A place is free: the run that waits longest for one may look again. */
  private void wakeNext(PoolId pool) {
    var queued = database.read(dsl -> queue.queued(dsl, pool));
    if (!queued.isEmpty()) {
      database.runTx(
          tx ->
              queued.stream()
                  .limit(3)
                  .forEach(id -> jobs.wake(tx, NAME, id.toString(), clock.instant())));
      jobs.nudge();
    }
  }
}

package dev.keywheel.article.run.engine;

import dev.keywheel.article.operation.conversation.Models;
import dev.keywheel.article.run.engine.RunClaims.Claim;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.article.run.model.RunSettings;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.assignment.Assignment;
import dev.keywheel.assignment.AssignmentRequest;
import dev.keywheel.assignment.Assignments;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.job.Job;
import dev.keywheel.job.JobResult;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.provider.Providers;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.rotation.Halt;
import dev.keywheel.run.OpenRuns;
import dev.keywheel.run.Plan;
import dev.keywheel.run.Run;
import dev.keywheel.run.RunFencedException;
import dev.keywheel.run.RunQueries;
import dev.keywheel.run.RunRepository;
import dev.keywheel.run.RunState;
import dev.keywheel.settings.SettingsStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The durable job of a run: claims it, assigns keys, runs its operations, ends it. May be restarted
 * at any point, by this node or another; a finished operation is never repeated.
 */
public final class RunJob implements Job {
  public static final String NAME = "article_run";

  private static final Logger LOG = LoggerFactory.getLogger(RunJob.class);

  private static final Duration DATABASE_RETRY_DELAY = Duration.ofSeconds(2);

  /** Delay while an earlier worker on this node has not yet noticed that it is fenced. */
  private static final Duration FENCED_WORKER_DELAY = Duration.ofSeconds(2);

  /** Poll interval of a queued run, which is also woken when another run ends. */
  private static final Duration QUEUE_POLL = Duration.ofSeconds(15);

  /** Poll interval of a run whose provider is switched off. */
  private static final Duration PROVIDER_POLL = Duration.ofMinutes(5);

  private final Database database;
  private final Assignments assignments;
  private final CallExecutor calls;
  private final Providers providers;
  private final SettingsStore settings;
  private final ExecutionLog log;
  private final Jobs jobs;
  private final Ids ids;
  private final InstantSource clock;
  private final RunCommands commands;
  private final OperationRunner operationRunner;
  private final UnavailableModels unavailableModels;
  private final RunRepository runs = new RunRepository();
  private final OpenRuns openRuns = new OpenRuns();
  private final RunClaims claims;
  private final RunCompletion completion;
  private final Set<UUID> running = ConcurrentHashMap.newKeySet();

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
      RunCommands commands,
      ToolCheck toolCheck) {
    this.database = database;
    this.assignments = assignments;
    this.calls = calls;
    this.providers = providers;
    this.settings = settings;
    this.log = log;
    this.jobs = jobs;
    this.ids = ids;
    this.clock = clock;
    this.commands = commands;
    this.operationRunner = new OperationRunner(toolCheck);
    this.unavailableModels = new UnavailableModels(clock);
    this.claims = new RunClaims(keys, settings, log, clock);
    this.completion = new RunCompletion(database, log, clock);
  }

  @Override
  public JobResult run(String instance) {
    var runId = UUID.fromString(instance);
    if (!running.add(runId)) {
      return repeatAfter(FENCED_WORKER_DELAY);
    }
    try (var _ = MDC.putCloseable("run", instance)) {
      return workOn(runId);
    } catch (RunFencedException _) {
      return new JobResult.Done();
    } catch (RuntimeException e) {
      if (!TransientErrors.isTransient(e)) {
        throw e;
      }
      LOG.warn("Run {} stopped because the database is unavailable: {}", runId, e.getMessage());
      return repeatAfter(DATABASE_RETRY_DELAY);
    } finally {
      running.remove(runId);
    }
  }

  /** Schedules jobs for unfinished runs that have none. */
  public void scheduleMissing() {
    database.runTx(tx -> jobs.scheduleMissing(tx, NAME, OpenRuns.unfinished()));
  }

  private JobResult repeatAfter(Duration after) {
    return new JobResult.Again(clock.instant().plus(after));
  }

  private JobResult workOn(UUID runId) {
    return switch (database.inTx(tx -> claims.claim(tx, runId))) {
      case Claim.Ended _ -> retryIfDue(runId);
      case Claim.NotYet _ -> repeatAfter(QUEUE_POLL);
      case Claim.Claimed(var run, var gains) ->
          run.cancelRequested() ? cancel(run) : planAndRun(run, gains);
    };
  }

  /** Retries an ended run if its automatic retry is due. The retry wakes this job again. */
  private JobResult retryIfDue(UUID runId) {
    var at = database.read(dsl -> RunQueries.retryAt(dsl, runId));
    if (at.isEmpty()) {
      return new JobResult.Done();
    }
    if (at.get().isAfter(clock.instant())) {
      return new JobResult.Again(at.get());
    }
    commands.retryAutomatically(runId);
    return database
        .read(dsl -> RunQueries.retryAt(dsl, runId))
        .<JobResult>map(JobResult.Again::new)
        .orElseGet(JobResult.Done::new);
  }

  private JobResult planAndRun(Run run, long gains) {
    var provider = run.pool().provider();
    if (providers.find(provider).isEmpty()) { // another node may have it
      var why = Providers.label(provider) + " is switched off in this installation.";
      return handleHalt(run, new Halt.NoKey(clock.instant().plus(PROVIDER_POLL), why), gains);
    }
    var models = models(run);
    var plan = run.plan();
    if (plan != null) {
      return runPipeline(run, plan, models, gains);
    }
    var text = models.textClass();
    var request = new AssignmentRequest(run.runFence(), run.startedBy(), Pipeline.COUNTED, 8, text);
    return switch (assignments.assign(request)) {
      case Assignment.Planned(var made) -> {
        database.runTx(tx -> runs.setState(tx, run.runFence(), RunState.RUNNING));
        yield runPipeline(run, made, models, gains);
      }
      case Assignment.NoKeys _ when jobs.stopping().begun() ->
          handleHalt(run, new Halt.Interrupted(), gains);
      case Assignment.NoKeys(var nextTry, var why) ->
          handleHalt(run, new Halt.NoKey(nextTry, why), gains);
      case Assignment.Fenced _ -> handleHalt(run, new Halt.Fenced(), gains);
    };
  }

  private OperationModels models(Run run) {
    var provider = run.pool().provider();
    var lists =
        settings.read(
            run.pool().workspaceId(), Models.setting(provider), Models.class, Models.DEFAULT);
    return new OperationModels(
        lists.preferring(RunInputs.of(run).models()),
        providers.byName(provider).catalogue(),
        unavailableModels,
        run.pool());
  }

  private JobResult runPipeline(Run run, Plan plan, OperationModels models, long gains) {
    var recorder = new RunRecorder(database, log, ids, clock, run);
    var pipeline =
        new Pipeline(
            database,
            jobs.stopping(),
            calls,
            new OperationWork(
                database, calls, providers, operationRunner, clock, run, plan, recorder, models),
            clock,
            run,
            recorder);
    return pipeline
        .runUntilStopped()
        .map(halt -> handleHalt(run, halt, gains))
        .orElseGet(() -> complete(run));
  }

  private JobResult complete(Run run) {
    var retry = completion.complete(run, RunSettings.of(settings, run.pool().workspaceId()));
    wakeNext(run.pool());
    return retry.<JobResult>map(JobResult.Again::new).orElseGet(JobResult.Done::new);
  }

  private JobResult handleHalt(Run run, Halt halt, long gains) {
    return switch (halt) {
      case Halt.NoKey noKey -> waitForKeys(run, noKey, gains);
      case Halt.Cancelled _ -> cancel(run);
      case Halt.Interrupted _ -> repeatAfter(Duration.ZERO);
      case Halt.DatabaseUnavailable _ -> repeatAfter(DATABASE_RETRY_DELAY);
      case Halt.Fenced _ -> new JobResult.Done();
    };
  }

  private JobResult cancel(Run run) {
    completion.cancel(run);
    return doneAndWakeNext(run.pool());
  }

  private JobResult waitForKeys(Run run, Halt.NoKey noKey, long gains) {
    var giveUp = Optional.ofNullable(run.giveUpAt());
    if (giveUp.isPresent() && !clock.instant().isBefore(giveUp.get())) {
      completion.giveUp(run, noKey.why());
      return doneAndWakeNext(run.pool());
    }
    var until = noKey.nextTry();
    database.runTx(
        tx -> {
          runs.recordWait(tx, run.runFence(), until, noKey.why(), gains);
          var line = RunLogMessages.paused(until, noKey.why());
          log.append(tx, run.id(), clock.instant(), List.of(line));
        });
    wakeNext(run.pool());
    return new JobResult.Again(
        giveUp.isPresent() && giveUp.get().isBefore(until) ? giveUp.get() : until);
  }

  private JobResult doneAndWakeNext(PoolId pool) {
    wakeNext(pool);
    return new JobResult.Done();
  }

  /** Wakes the first three runs of the queue, because a place has become free. */
  private void wakeNext(PoolId pool) {
    var queued = database.read(dsl -> openRuns.queued(dsl, pool));
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

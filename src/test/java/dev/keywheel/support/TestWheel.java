package dev.keywheel.support;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.OPERATIONS;
import static dev.keywheel.db.schema.Tables.RUNS;

import dev.keywheel.assignment.Assignment;
import dev.keywheel.assignment.AssignmentRequest;
import dev.keywheel.assignment.Assignments;
import dev.keywheel.db.Database;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.state.Observations;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogEntry;
import dev.keywheel.log.StreamKind;
import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.provider.limit.ObservedLimit;
import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.rotation.CallExecutor;
import dev.keywheel.run.Plan;
import dev.keywheel.run.RunFence;
import dev.keywheel.run.Seat;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.time.Delayer;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A pool with runs, assignments and calls to an upstream on loopback, on a real database. */
public final class TestWheel implements AutoCloseable {
  public static final List<String> OPERATION_NAMES =
      List.of(
          "Meta & Toc Generator",
          "Tool Generator",
          "Tool Validator",
          "Guide Generator",
          "Section 1 Generator",
          "Section 2 Generator",
          "FAQ Generator",
          "Image Generation");

  /** Makes observations older than the requests after them. */
  private static final Duration A_WHILE = Duration.ofSeconds(5);

  public final TestPool pool = new TestPool();
  public final ScriptedUpstream upstream = new ScriptedUpstream();
  public final ExecutionLog log = new ExecutionLog(pool.database);
  public final SettingsStore settings = new SettingsStore(pool.database);
  private final OpenRouter provider =
      new OpenRouter(
          pool.id.provider(),
          "OpenRouter",
          upstream.base(),
          URI.create("http://localhost:8080"),
          pool.clock);
  public final Providers providers = new Providers(List.of(provider));
  private final Jobs jobs =
      new Jobs(pool.database, "test", InstantSource.system(), Duration.ofMillis(50));
  public final Recovery recovery =
      new Recovery(
          pool.database,
          pool.pool,
          providers,
          settings,
          log,
          jobs,
          pool.ids,
          pool.clock,
          duration -> {});
  public final Assignments assignments =
      new Assignments(pool.database, pool.pool, recovery, providers, settings, log, pool.clock);
  public final CallExecutor calls = calls(pool.database, duration -> {});

  /** Calls with another database access, or with another way of waiting. */
  public CallExecutor calls(Database database, Delayer delayer) {
    return new CallExecutor(
        pool.retrying(database, delayer),
        pool.pool,
        assignments,
        recovery,
        providers,
        log,
        pool.clock,
        jobs.stopping(),
        delayer,
        CallExecutor.KEY_WAIT);
  }

  /** Starts the jobs of this node, so that batches of key tests run. */
  public TestWheel withJobs() {
    jobs.start(recovery.jobs());
    return this;
  }

  /** Creates a run with its eight operations and an empty log; this worker holds it. */
  public RunFence run() {
    var run = new RunFence(pool.ids.next(), pool.id, 1);
    pool.database.runTx(
        tx -> {
          RunRows.insert(tx, run.runId(), pool.id, "running", pool.clock.instant());
          tx.dsl()
              .update(RUNS)
              .set(RUNS.FENCE, run.fence())
              .where(RUNS.ID.eq(run.runId()))
              .execute();
          for (int i = 0; i < OPERATION_NAMES.size(); i++) {
            tx.dsl()
                .insertInto(OPERATIONS)
                .set(OPERATIONS.RUN_ID, run.runId())
                .set(OPERATIONS.ORDINAL, i + 1)
                .set(OPERATIONS.NAME, OPERATION_NAMES.get(i))
                .set(OPERATIONS.STATE, "pending")
                .execute();
          }
          log.open(tx, run.runId(), pool.workspace, StreamKind.RUN);
        });
    return run;
  }

  public Assignment assign(RunFence run) {
    var request = new AssignmentRequest(run, pool.admin.email(), 7, 8, ModelClass.FREE);
    return assignments.assign(request);
  }

  /** The plan of a run that must get a plan. */
  public Plan plan(RunFence run) {
    if (assign(run) instanceof Assignment.Planned(Plan plan)) {
      return plan;
    }
    throw new AssertionError("no plan");
  }

  public static List<String> names(Plan plan) {
    return plan.seats().stream().map(Seat::keyName).toList();
  }

  /** The run's log, as downloaded. */
  public List<String> text(RunFence run) {
    var text = new StringBuilder();
    log.writeText(pool.workspace, run.runId(), text);
    return text.toString().lines().toList();
  }

  public List<LogEntry> lines(RunFence run, String code) {
    return log.after(pool.workspace, run.runId(), 0, 10_000).stream()
        .filter(line -> line.code().equals(code))
        .toList();
  }

  /** One line for each attempt: operation, number, cause, key, state, outcome. */
  public List<String> attempts(RunFence run) {
    return pool.database.read(
        dsl ->
            dsl.select(
                    ATTEMPTS.ORDINAL,
                    ATTEMPTS.NO,
                    ATTEMPTS.CAUSE,
                    ATTEMPTS.KEY_NAME,
                    ATTEMPTS.STATE,
                    ATTEMPTS.OUTCOME)
                .from(ATTEMPTS)
                .where(ATTEMPTS.RUN_ID.eq(run.runId()))
                .orderBy(ATTEMPTS.ORDINAL, ATTEMPTS.NO)
                .fetch(
                    r ->
                        "%d.%d %s %s %s %s"
                            .formatted(
                                r.value1(),
                                r.value2(),
                                r.value3(),
                                r.value4(),
                                r.value5(),
                                r.value6())));
  }

  /** Limits the key for ten minutes, by a user's test. */
  public void limit(UUID key, LimitClass which) {
    var until = pool.clock.instant().plus(Duration.ofMinutes(10));
    var observedLimit = new ObservedLimit(LimitScope.KEY, which, KeyReason.FREE_MINUTE, until);
    var callMetadata =
        new CallMetadata(evidence(429, "R16 free minute"), 12, Usage.NONE, new byte[0]);
    var outcome = new CallOutcome.KeyLimited(observedLimit, null, callMetadata);
    pool.database.runTx(
        tx ->
            pool.pool
                .updater()
                .recordCall(
                    tx,
                    pool.id,
                    key,
                    1,
                    outcome,
                    ModelClass.FREE,
                    pool.clock.instant(),
                    TestKeys.ACTOR));
    pool.clock.tick(A_WHILE);
  }

  public void fail(UUID key) {
    var verdict = new CheckOutcome.Unauthorized(evidence(401, "R2"), 12);
    pool.recordChecks(List.of(Observations.checked(key, verdict)));
    pool.clock.tick(A_WHILE);
  }

  private Evidence evidence(int status, String rule) {
    return new Evidence(pool.clock.instant(), "chat", status, rule, "test", Map.of(), null);
  }

  @Override
  public void close() {
    jobs.close();
    provider.close();
    upstream.close();
    pool.close();
  }
}

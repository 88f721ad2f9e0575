package dev.keywheel.job;

import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Execution;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.db.Tx;
import dev.keywheel.time.Stopwatch;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import org.jooq.Record1;
import org.jooq.Select;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that survives the process. Jobs are registered before {@link #start}; scheduling one is a
 * row in the caller's transaction, so it happens exactly when that commits. Each instance of a job
 * runs on one node at a time; when that node dies, another takes it over within {@link
 * #TAKEN_OVER_WITHIN}.
 */
public final class Jobs implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Jobs.class);

  /** A job that failed so often in a row is shown as failing. */
  private static final int FAILING = 3;

  private static final Duration HEARTBEAT = Duration.ofSeconds(5);
  private static final int MISSED_HEARTBEATS = 6;

  /** A dead node's work starts again elsewhere no later than this. */
  public static final Duration TAKEN_OVER_WITHIN = Duration.ofSeconds(45);

  /** After an exception: the first try again, doubling up to the second value. */
  private static final Duration RETRY_FIRST = Duration.ofSeconds(2);

  private static final Duration RETRY_AT_MOST = Duration.ofMinutes(5);

  /** Twenty runs at once and what else there is; they share far fewer connections. */
  private static final int THREADS = 32;

  /** Jobs end by themselves when the node stops; those that do not are interrupted after this. */
  private static final Duration STOP_WITHIN = Duration.ofSeconds(18);

  /**
   * Shares of the threads: with fewer jobs at work more are looked for, up to one a thread. Each is
   * picked by a statement of its own, and these wait for the few connections of the leases.
   */
  private static final double FETCH_BELOW = 0.5;

  private static final double FETCH_UP_TO = 1.0;

  private final Database database;
  private final String node;
  private final InstantSource clock;
  private final Duration lookEvery;
  private final LongSupplier ticks;
  private final Stopping stopping = new Stopping();
  private final List<Task<?>> oneTime = new ArrayList<>();
  private final List<com.github.kagkarlsson.scheduler.task.helper.RecurringTask<?>> recurring =
      new ArrayList<>();
  private volatile @Nullable Scheduler scheduler;
  private volatile @Nullable Pulse pulse;

  /**
   * @param node unique for each start of the process: a node that restarts must not be taken for
   *     its predecessor
   * @param clock that all nodes share: leases are held by it
   * @param lookEvery how often due work of other nodes, or work whose time has come, is looked for
   */
  public Jobs(Database database, String node, InstantSource clock, Duration lookEvery) {
    this(database, node, clock, lookEvery, new Stopwatch()::nanos);
  }

  /**
   * @param ticks nanoseconds that grow steadily; {@link #lookedAgo} goes by them
   */
  public Jobs(
      Database database, String node, InstantSource clock, Duration lookEvery, LongSupplier ticks) {
    this.ticks = ticks;
    this.database = database;
    this.node = node;
    this.clock = clock;
    this.lookEvery = lookEvery;
  }

  /** The name by which this start of the process holds its jobs. */
  public String node() {
    return node;
  }

  /** Read by jobs, so that they end when this node stops. */
  public Stopping stopping() {
    return stopping;
  }

  /** A job with many instances, each with an id: a run, a batch. */
  public void register(String name, Job job) {
    oneTime.add(
        Tasks.custom(name, Void.class)
            .onDeadExecutionRevive()
            .onFailure((complete, operations) -> failed(complete))
            .execute((instance, context) -> completion(executed(job, instance.getId()))));
  }

  private JobResult executed(Job job, String instance) {
    return stopping.begun() ? new JobResult.Again(clock.instant()) : job.run(instance);
  }

  /** Work that comes again and again, on one node at a time. */
  public void every(String name, Duration interval, Runnable work) {
    recurring.add(
        Tasks.recurring(name, Schedules.fixedDelay(interval))
            .onFailure(
                (complete, operations) -> {
                  sayFailed(complete, interval);
                  operations.reschedule(complete, complete.getTimeDone().plus(interval));
                })
            .execute(
                (instance, context) -> {
                  work.run();
                  sayRecovered(context.getExecution());
                }));
  }

  /**
   * Before {@link #start}: takes over what a killed process was executing, without waiting for its
   * lease to end. Only for a database that no other node can use.
   */
  public void releaseAll() {
    int released = database.inTx(tx -> JobRows.releaseAll(tx.dsl(), clock.instant()));
    if (released > 0) {
      log.info("Resuming {} jobs that an earlier, killed Keywheel left behind", released);
    }
  }

  /** Begins to execute. Nothing can be registered afterwards. */
  public void start() {
    var beat = new Pulse(ticks);
    var created =
        Scheduler.create(database.dataSource(), oneTime)
            .startTasks(recurring)
            .schedulerName(new SchedulerName.Fixed(node))
            .pollingInterval(lookEvery)
            .pollUsingFetchAndLockOnExecute(FETCH_BELOW, FETCH_UP_TO)
            .heartbeatInterval(HEARTBEAT)
            .missedHeartbeatsLimit(MISSED_HEARTBEATS)
            .executorService(Executors.newVirtualThreadPerTaskExecutor())
            .threads(THREADS)
            .shutdownMaxWait(STOP_WITHIN)
            .clock(clock::instant)
            .addSchedulerListener(beat)
            .failureLogging(LogLevel.OFF, false) // said here, once
            .alwaysPersistTimestampInUTC()
            .build();
    created.start();
    pulse = beat;
    scheduler = created;
  }

  /**
   * Schedules an instance with the transaction; one that is there already keeps its own time. Call
   * {@link #nudge} after the commit to have it picked up at once.
   */
  public void schedule(Tx tx, String name, String instance, Instant at) {
    JobRows.schedule(tx.dsl(), name, instance, at);
  }

  /**
   * Makes sure the instance runs at {@code at}: scheduled when it is not there, moved when it waits
   * for another time, run once more when it is running now.
   */
  public void wake(Tx tx, String name, String instance, Instant at) {
    JobRows.wake(tx.dsl(), name, instance, at);
  }

  /**
   * Gives each of these instances a row when it has none, so that what was forgotten goes on.
   *
   * @param instances the ids of work that is not over
   */
  public void scheduleMissing(Tx tx, String name, Select<Record1<String>> instances) {
    int missing = JobRows.scheduleMissing(tx.dsl(), name, instances, clock.instant());
    if (missing > 0) {
      log.warn("{} of job {} had no row and got one", missing, name);
    }
  }

  /** Has this node look for due work now instead of at its next look. */
  public void nudge() {
    var running = scheduler;
    if (running != null) {
      running.triggerCheckForDueExecutions();
    }
  }

  private CompletionHandler<Void> completion(JobResult result) {
    return (complete, operations) -> {
      var execution = complete.getExecution();
      sayRecovered(execution);
      var now = clock.instant();
      switch (result) {
        case JobResult.Done() -> database.runTx(tx -> JobRows.done(tx.dsl(), execution, now));
        case JobResult.Again(Instant at) ->
            database.runTx(tx -> JobRows.again(tx.dsl(), execution, at, now));
      }
    };
  }

  private void failed(ExecutionComplete complete) {
    var execution = complete.getExecution();
    var wait = retryAfter(execution.consecutiveFailures);
    sayFailed(complete, wait);
    var now = clock.instant();
    database.runTx(
        tx -> JobRows.failed(tx.dsl(), execution, now.plus(wait), now.plus(RETRY_FIRST)));
  }

  /** Said once for each row of failures; the database being away explains itself. */
  private static void sayFailed(ExecutionComplete complete, Duration wait) {
    var execution = complete.getExecution();
    if (execution.consecutiveFailures > 0) {
      return;
    }
    var cause = complete.getCause().orElse(null);
    var job = execution.getTaskName() + " " + execution.getId();
    if (TransientErrors.isTransient(cause)) {
      log.warn("Job {} failed: {}; next try in {} s", job, String.valueOf(cause), wait.toSeconds());
    } else {
      log.error("Job {} failed; next try in {} s", job, wait.toSeconds(), cause);
    }
  }

  private static void sayRecovered(Execution execution) {
    if (execution.consecutiveFailures > 0) {
      log.info(
          "Job {} {} works again after {} failures",
          execution.getTaskName(),
          execution.getId(),
          execution.consecutiveFailures);
    }
  }

  /** How many jobs failed the last {@link #FAILING} times. */
  public int failing() {
    return database.read(
        dsl -> dsl.fetchCount(SCHEDULED_TASKS, SCHEDULED_TASKS.CONSECUTIVE_FAILURES.ge(FAILING)));
  }

  /** How long this node has not looked at its jobs; empty before {@link #start}. */
  public Optional<Duration> lookedAgo() {
    return Optional.ofNullable(pulse).map(Pulse::age);
  }

  private static Duration retryAfter(int failuresBefore) {
    var doubled = RETRY_FIRST.multipliedBy(1L << Math.min(failuresBefore, 10));
    return doubled.compareTo(RETRY_AT_MOST) > 0 ? RETRY_AT_MOST : doubled;
  }

  /**
   * Takes no new work and waits for what runs; an instance that ends is released for another node,
   * or for this one's next start.
   */
  @Override
  public void close() {
    stopping.begin();
    var running = scheduler;
    if (running != null) {
      running.pause();
      running.stop();
    }
  }
}

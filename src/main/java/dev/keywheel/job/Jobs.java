package dev.keywheel.job;

import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.job.JobDefinition.OneTime;
import dev.keywheel.job.JobDefinition.Recurring;
import dev.keywheel.time.Stopwatch;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jooq.Record1;
import org.jooq.Select;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Durable jobs. Scheduling inserts a row in the caller's transaction and takes effect when that
 * commits; jobs can be scheduled before {@link #start}, and by a node that never starts. Each
 * instance runs on one node at a time; if the node dies, another takes it over within {@link
 * #TAKEN_OVER_WITHIN}.
 */
public final class Jobs implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Jobs.class);

  /** Consecutive failures after which a job is shown as failing. */
  private static final int FAILURES_TO_REPORT = 3;

  private static final Duration HEARTBEAT = Duration.ofSeconds(5);

  /** Time without heartbeats after which the work of a node is taken over. */
  private static final Duration LEASE = Duration.ofSeconds(30);

  /** Maximum time until the work of a dead node restarts on another node. */
  public static final Duration TAKEN_OVER_WITHIN = Duration.ofSeconds(45);

  /** Wait after the first exception; doubles with each further one up to {@link #RETRY_AT_MOST}. */
  private static final Duration RETRY_FIRST = Duration.ofSeconds(2);

  private static final Duration RETRY_AT_MOST = Duration.ofMinutes(5);

  /** Number of threads: enough for twenty runs and the other jobs, on far fewer connections. */
  private static final int THREADS = 32;

  /** Time for running jobs to end when the node stops; after it they are interrupted. */
  private static final Duration STOP_WITHIN = Duration.ofSeconds(18);

  /**
   * Share of threads: when fewer are busy, the scheduler picks more jobs, up to one per thread.
   * Each pick is a separate statement on one of the few lease connections.
   */
  private static final double FETCH_BELOW = 0.5;

  private static final double FETCH_UP_TO = 1.0;

  private final Database database;
  private final String node;
  private final InstantSource clock;
  private final Duration pollInterval;
  private final Duration heartbeat;
  private final LongSupplier ticks;
  private final Stopping stopping = new Stopping();
  private volatile @Nullable Scheduler scheduler;
  private volatile @Nullable SchedulerActivity activity;

  /**
   * @param node unique for each start of the process: a restarted node must not be mistaken for its
   *     predecessor
   * @param clock shared by all nodes, for leases
   * @param pollInterval interval at which the node polls for due work
   */
  public Jobs(Database database, String node, InstantSource clock, Duration pollInterval) {
    this(database, node, clock, pollInterval, HEARTBEAT, new Stopwatch()::nanos);
  }

  /**
   * @param heartbeat interval at which leases are renewed
   * @param ticks a monotonic nanosecond counter, used by {@link #sinceLastPoll}
   */
  public Jobs(
      Database database,
      String node,
      InstantSource clock,
      Duration pollInterval,
      Duration heartbeat,
      LongSupplier ticks) {
    this.ticks = ticks;
    this.database = database;
    this.node = node;
    this.clock = clock;
    this.pollInterval = pollInterval;
    this.heartbeat = heartbeat;
  }

  /** The name under which this process holds its jobs; it differs at each start. */
  public String node() {
    return node;
  }

  /** Whether this node is stopping; running jobs check it, so that they end early. */
  public Stopping stopping() {
    return stopping;
  }

  private Task<?> task(OneTime definition, LeaseHolderLiveness liveness) {
    return Tasks.custom(definition.name(), Void.class)
        .onDeadExecution(liveness::revive)
        .onFailure((complete, operations) -> rescheduleFailed(complete))
        .execute((instance, context) -> completion(execute(definition.job(), instance.getId())));
  }

  private JobResult execute(Job job, String instance) {
    return stopping.begun() ? new JobResult.Again(clock.instant()) : job.run(instance);
  }

  private static RecurringTask<?> task(Recurring definition, LeaseHolderLiveness liveness) {
    var interval = definition.interval();
    return Tasks.recurring(definition.name(), Schedules.fixedDelay(interval))
        .onDeadExecution(liveness::revive)
        .onFailure(
            (complete, operations) -> {
              JobFailureLog.logFailure(complete, interval);
              operations.reschedule(complete, complete.getTimeDone().plus(interval));
            })
        .execute(
            (instance, context) -> {
              definition.work().run();
              JobFailureLog.logRecovery(context.getExecution());
            });
  }

  /**
   * Takes over the instances of a killed process without waiting for their leases to expire. Call
   * before {@link #start}, and only for a database that no other node can use.
   */
  public void releaseAll() {
    int released = database.inTx(tx -> JobRows.releaseAll(tx.dsl(), clock.instant()));
    if (released > 0) {
      log.info("Resuming the jobs of an earlier Keywheel process that was killed: {}", released);
    }
  }

  /** Starts the scheduler with these jobs. Call it at most once. */
  public void start(List<JobDefinition> definitions) {
    var recorded = new SchedulerActivity(ticks);
    var leases = new LeaseConnections(database.dataSource(), clock);
    var liveness = new LeaseHolderLiveness(database.dataSource(), node, clock);
    var oneTime = new ArrayList<Task<?>>();
    var recurring = new ArrayList<RecurringTask<?>>();
    for (var definition : definitions) {
      switch (definition) {
        case OneTime work -> oneTime.add(task(work, liveness));
        case Recurring work -> recurring.add(task(work, liveness));
      }
    }
    var created =
        Scheduler.create(leases, oneTime)
            .startTasks(recurring)
            .schedulerName(new SchedulerName.Fixed(node))
            .pollingInterval(pollInterval)
            .pollUsingFetchAndLockOnExecute(FETCH_BELOW, FETCH_UP_TO)
            .heartbeatInterval(heartbeat)
            .missedHeartbeatsLimit((int) LEASE.dividedBy(heartbeat))
            .executorService(JobThreads.create())
            .threads(THREADS)
            .shutdownMaxWait(STOP_WITHIN)
            .clock(clock::instant)
            .addSchedulerListener(recorded)
            .addSchedulerListener(liveness)
            .failureLogging(LogLevel.OFF, false) // logged in JobFailureLog, once
            .alwaysPersistTimestampInUTC()
            .build();
    created.start();
    activity = recorded;
    scheduler = created;
  }

  /**
   * Schedules an instance in the transaction; an existing one keeps its time. Call {@link #nudge}
   * after the commit to run it immediately.
   */
  public void schedule(Tx tx, String name, String instance, Instant at) {
    JobRows.schedule(tx.dsl(), name, instance, at);
  }

  /**
   * Ensures that the instance runs at {@code at} or earlier: schedules a missing one, moves a
   * waiting one to an earlier time, or marks a running one to run again after its end.
   */
  public void wake(Tx tx, String name, String instance, Instant at) {
    JobRows.wake(tx.dsl(), name, instance, at);
  }

  /**
   * Inserts a row for each instance that has none, so that lost work continues.
   *
   * @param instances the ids of unfinished work
   */
  public void scheduleMissing(Tx tx, String name, Select<Record1<String>> instances) {
    int missing = JobRows.scheduleMissing(tx.dsl(), name, instances, clock.instant());
    if (missing > 0) {
      log.warn("Unfinished work of job {} had no row and was scheduled again: {}", name, missing);
    }
  }

  /** Makes this node poll for due work now. */
  public void nudge() {
    var running = scheduler;
    if (running != null) {
      running.triggerCheckForDueExecutions();
    }
  }

  private CompletionHandler<Void> completion(JobResult result) {
    return (complete, operations) -> {
      var execution = complete.getExecution();
      JobFailureLog.logRecovery(execution);
      var now = clock.instant();
      switch (result) {
        case JobResult.Done() -> {
          if (database.inTx(tx -> JobRows.complete(tx.dsl(), execution, now))) {
            nudge(); // the instance was not due at the nudge of its wake-up
          }
        }
        case JobResult.Again(Instant at) ->
            database.runTx(tx -> JobRows.reschedule(tx.dsl(), execution, at, now));
      }
    };
  }

  private void rescheduleFailed(ExecutionComplete complete) {
    var execution = complete.getExecution();
    var wait = retryAfter(execution.consecutiveFailures);
    JobFailureLog.logFailure(complete, wait);
    var now = clock.instant();
    database.runTx(
        tx ->
            JobRows.rescheduleFailed(
                tx.dsl(), execution, now.plus(wait), now.plus(RETRY_FIRST), now));
  }

  /** Number of jobs whose last {@link #FAILURES_TO_REPORT} executions failed. */
  public int countFailing() {
    return database.read(
        dsl ->
            dsl.fetchCount(
                SCHEDULED_TASKS, SCHEDULED_TASKS.CONSECUTIVE_FAILURES.ge(FAILURES_TO_REPORT)));
  }

  /** The longer of the times since the last poll and lease renewal; empty before {@link #start}. */
  public Optional<Duration> sinceLastPoll() {
    return Optional.ofNullable(activity).map(SchedulerActivity::age);
  }

  private static Duration retryAfter(int failuresBefore) {
    var doubled = RETRY_FIRST.multipliedBy(1L << Math.min(failuresBefore, 10));
    return doubled.compareTo(RETRY_AT_MOST) > 0 ? RETRY_AT_MOST : doubled;
  }

  /**
   * Takes no new work and waits for running jobs. An unfinished instance is released for another
   * node, or for the next start of this one.
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

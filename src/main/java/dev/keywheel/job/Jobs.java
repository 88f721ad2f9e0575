package dev.keywheel.job;

import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import org.jooq.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Work that survives the process. Jobs are registered before {@link #start}; scheduling one is a
 * row in the caller's transaction, so it happens exactly when that commits. Each instance of a job
 * runs on one node at a time; when that node dies, another takes it over within {@link
 * #TAKEN_OVER_WITHIN}.
 */
public final class Jobs implements AutoCloseable {
  private static final Duration HEARTBEAT = Duration.ofSeconds(5);
  private static final int MISSED_HEARTBEATS = 6;

  /** A dead node's work starts again elsewhere no later than this. */
  public static final Duration TAKEN_OVER_WITHIN = Duration.ofSeconds(45);

  /** After an exception: the first try again, doubling up to the second value. */
  private static final Duration RETRY_FIRST = Duration.ofSeconds(2);

  private static final Duration RETRY_AT_MOST = Duration.ofMinutes(5);

  /** Jobs end by themselves when the node stops; those that do not are interrupted after this. */
  private static final Duration STOP_WITHIN = Duration.ofSeconds(18);

  private final Database database;
  private final String node;
  private final InstantSource clock;
  private final Duration lookEvery;
  private final Stopping stopping = new Stopping();
  private final List<Task<?>> oneTime = new ArrayList<>();
  private final List<com.github.kagkarlsson.scheduler.task.helper.RecurringTask<?>> recurring =
      new ArrayList<>();
  private @Nullable Scheduler scheduler;

  /**
   * @param node unique for each start of the process: a node that restarts must not be taken for
   *     its predecessor
   * @param clock that all nodes share: leases are held by it
   * @param lookEvery how often due work of other nodes, or work whose time has come, is looked for
   */
  public Jobs(Database database, String node, InstantSource clock, Duration lookEvery) {
    this.database = database;
    this.node = node;
    this.clock = clock;
    this.lookEvery = lookEvery;
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
            .onFailure(
                (complete, operations) ->
                    operations.reschedule(
                        complete,
                        complete
                            .getTimeDone()
                            .plus(retryAfter(complete.getExecution().consecutiveFailures))))
            .execute(
                (instance, context) ->
                    completion(name, instance.getId(), executed(job, instance.getId()))));
  }

  private JobResult executed(Job job, String instance) {
    return stopping.begun() ? new JobResult.Again(clock.instant()) : job.run(instance);
  }

  /** Work that comes again and again, on one node at a time. */
  public void every(String name, Duration interval, Runnable work) {
    recurring.add(
        Tasks.recurring(name, Schedules.fixedDelay(interval))
            .execute((instance, context) -> work.run()));
  }

  /** Begins to execute. Nothing can be registered afterwards. */
  public void start() {
    var created =
        Scheduler.create(database.dataSource(), oneTime)
            .startTasks(recurring)
            .schedulerName(new SchedulerName.Fixed(node))
            .pollingInterval(lookEvery)
            .heartbeatInterval(HEARTBEAT)
            .missedHeartbeatsLimit(MISSED_HEARTBEATS)
            .executorService(Executors.newVirtualThreadPerTaskExecutor())
            .threads(50)
            .shutdownMaxWait(STOP_WITHIN)
            .clock(clock::instant)
            .alwaysPersistTimestampInUTC()
            .build();
    created.start();
    scheduler = created;
  }

  /**
   * Schedules an instance with the transaction; one that is there already keeps its own time. Call
   * {@link #nudge} after the commit to have it picked up at once.
   */
  public void schedule(Tx tx, String name, String instance, Instant at) {
    tx.dsl()
        .insertInto(SCHEDULED_TASKS)
        .set(SCHEDULED_TASKS.TASK_NAME, name)
        .set(SCHEDULED_TASKS.TASK_INSTANCE, instance)
        .set(SCHEDULED_TASKS.EXECUTION_TIME, at)
        .set(SCHEDULED_TASKS.PICKED, false)
        .set(SCHEDULED_TASKS.CONSECUTIVE_FAILURES, 0)
        .set(SCHEDULED_TASKS.VERSION, 1L)
        .onConflictDoNothing()
        .execute();
  }

  /**
   * Makes sure the instance runs at {@code at}: scheduled when it is not there, moved when it waits
   * for another time, run once more when it is running now.
   */
  public void wake(Tx tx, String name, String instance, Instant at) {
    schedule(tx, name, instance, at);
    tx.dsl()
        .update(SCHEDULED_TASKS)
        .set(SCHEDULED_TASKS.EXECUTION_TIME, at)
        .where(is(name, instance), SCHEDULED_TASKS.PICKED.isFalse())
        .execute();
    tx.dsl()
        .update(SCHEDULED_TASKS)
        .set(SCHEDULED_TASKS.AGAIN, true)
        .where(is(name, instance), SCHEDULED_TASKS.PICKED.isTrue())
        .execute();
  }

  /** Has this node look for due work now instead of at its next look. */
  public void nudge() {
    var running = scheduler;
    if (running != null) {
      running.triggerCheckForDueExecutions();
    }
  }

  private CompletionHandler<Void> completion(String name, String instance, JobResult result) {
    return (complete, operations) -> {
      switch (result) {
        case JobResult.Done() -> {
          if (!removedUnlessWoken(name, instance)) {
            operations.reschedule(complete, complete.getTimeDone());
          }
        }
        case JobResult.Again(Instant at) ->
            operations.reschedule(
                complete, takeWokenMark(name, instance) ? complete.getTimeDone() : at);
      }
    };
  }

  /**
   * One statement, so that a {@link #wake} is either before it and seen, or after it and inserts.
   */
  private boolean removedUnlessWoken(String name, String instance) {
    boolean removed =
        database.read(
                dsl ->
                    dsl.deleteFrom(SCHEDULED_TASKS)
                        .where(
                            is(name, instance),
                            SCHEDULED_TASKS.PICKED_BY.eq(node),
                            SCHEDULED_TASKS.AGAIN.isFalse())
                        .execute())
            > 0;
    return removed || !takeWokenMark(name, instance);
  }

  private boolean takeWokenMark(String name, String instance) {
    return database.read(
            dsl ->
                dsl.update(SCHEDULED_TASKS)
                    .set(SCHEDULED_TASKS.AGAIN, false)
                    .where(is(name, instance), SCHEDULED_TASKS.AGAIN.isTrue())
                    .execute())
        > 0;
  }

  private static Condition is(String name, String instance) {
    return SCHEDULED_TASKS.TASK_NAME.eq(name).and(SCHEDULED_TASKS.TASK_INSTANCE.eq(instance));
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

package dev.keywheel.job;

import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;
import static org.jooq.impl.DSL.falseCondition;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;

import com.github.kagkarlsson.scheduler.task.Execution;
import java.time.Duration;
import java.time.Instant;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.Select;

/**
 * The rows of jobs. Waking an instance and completing it change the same row, so the row lock
 * orders them, and no wake-up is lost in either order.
 */
final class JobRows {
  private JobRows() {}

  /** Schedules the instance; an existing one keeps its time. */
  static void schedule(DSLContext dsl, String name, String instance, Instant at) {
    insert(dsl, name, instance, at).onConflictDoNothing().execute();
  }

  /**
   * Inserts the instance, moves a waiting one to an earlier time, or marks a running one to run
   * again.
   */
  static void wake(DSLContext dsl, String name, String instance, Instant at) {
    insert(dsl, name, instance, at)
        .onConflict(SCHEDULED_TASKS.TASK_NAME, SCHEDULED_TASKS.TASK_INSTANCE)
        .doUpdate()
        .set(
            SCHEDULED_TASKS.EXECUTION_TIME,
            when(SCHEDULED_TASKS.PICKED, SCHEDULED_TASKS.EXECUTION_TIME)
                .otherwise(org.jooq.impl.DSL.least(SCHEDULED_TASKS.EXECUTION_TIME, val(at))))
        .set(SCHEDULED_TASKS.AGAIN, SCHEDULED_TASKS.PICKED)
        .execute();
  }

  /**
   * Completes the instance: removes it, or makes it due now if it was woken while running.
   *
   * @return true if the instance was not removed: it was woken, or this execution lost it
   */
  static boolean complete(DSLContext dsl, Execution execution, Instant now) {
    int removed =
        dsl.deleteFrom(SCHEDULED_TASKS)
            .where(held(execution), SCHEDULED_TASKS.AGAIN.isFalse())
            .execute();
    if (removed == 0) {
      reschedule(
          dsl, execution, now, now); // woken while running; the mark stays until this release
    }
    return removed == 0;
  }

  /** Reschedules the instance for {@code at}, or for now if it was woken while running. */
  static void reschedule(DSLContext dsl, Execution execution, Instant at, Instant now) {
    release(dsl, execution, at, now, 0, now);
  }

  /** Reschedules the failed instance for {@code at}, or for {@code soon} if it was woken. */
  static void rescheduleFailed(
      DSLContext dsl, Execution execution, Instant at, Instant soon, Instant now) {
    release(dsl, execution, at, soon, execution.consecutiveFailures + 1, now);
  }

  private static void release(
      DSLContext dsl,
      Execution execution,
      Instant at,
      Instant whenWoken,
      int failures,
      Instant now) {
    var last = failures == 0 ? SCHEDULED_TASKS.LAST_SUCCESS : SCHEDULED_TASKS.LAST_FAILURE;
    dsl.update(SCHEDULED_TASKS)
        .set(
            SCHEDULED_TASKS.EXECUTION_TIME,
            when(SCHEDULED_TASKS.AGAIN, val(whenWoken)).otherwise(val(at)))
        .set(SCHEDULED_TASKS.AGAIN, false)
        .set(SCHEDULED_TASKS.PICKED, false)
        .setNull(SCHEDULED_TASKS.PICKED_BY)
        .setNull(SCHEDULED_TASKS.LAST_HEARTBEAT)
        .set(SCHEDULED_TASKS.CONSECUTIVE_FAILURES, failures)
        .set(last, now)
        .set(SCHEDULED_TASKS.VERSION, SCHEDULED_TASKS.VERSION.plus(1))
        .where(held(execution))
        .execute();
  }

  /** Releases all instances being executed. Returns the number of rows. */
  static int releaseAll(DSLContext dsl, Instant now) {
    return dsl.update(SCHEDULED_TASKS)
        .set(SCHEDULED_TASKS.EXECUTION_TIME, now)
        .set(SCHEDULED_TASKS.AGAIN, false)
        .set(SCHEDULED_TASKS.PICKED, false)
        .setNull(SCHEDULED_TASKS.PICKED_BY)
        .setNull(SCHEDULED_TASKS.LAST_HEARTBEAT)
        .set(SCHEDULED_TASKS.VERSION, SCHEDULED_TASKS.VERSION.plus(1))
        .where(SCHEDULED_TASKS.PICKED)
        .execute();
  }

  /** Extends the leases of all nodes by an outage; no heartbeat becomes later than {@code now}. */
  static void prolongLeases(DSLContext dsl, Duration outage, Instant now) {
    dsl.execute(
        """
        update scheduled_tasks
        set last_heartbeat = least(last_heartbeat + make_interval(secs => {0}), {1})
        where picked
        """,
        val(outage.toMillis() / 1_000.0), val(now));
  }

  /** Fails when the database, or this connection, accepts no changes. */
  static void requireWritable(DSLContext dsl) {
    dsl.deleteFrom(SCHEDULED_TASKS).where(falseCondition()).execute();
  }

  /** Inserts a row, due now, for each instance that has none. Returns the number inserted. */
  static int scheduleMissing(
      DSLContext dsl, String name, Select<Record1<String>> instances, Instant now) {
    var wanted = instances.asTable("wanted", "instance");
    var instance = wanted.field("instance", String.class);
    return dsl.insertInto(
            SCHEDULED_TASKS,
            SCHEDULED_TASKS.TASK_NAME,
            SCHEDULED_TASKS.TASK_INSTANCE,
            SCHEDULED_TASKS.EXECUTION_TIME,
            SCHEDULED_TASKS.PICKED,
            SCHEDULED_TASKS.CONSECUTIVE_FAILURES,
            SCHEDULED_TASKS.VERSION)
        .select(
            dsl.select(inline(name), instance, val(now), inline(false), inline(0), inline(1L))
                .from(wanted))
        .onConflictDoNothing()
        .execute();
  }

  /** Whether this execution still holds the instance, neither taken over nor completed. */
  private static Condition held(Execution execution) {
    return SCHEDULED_TASKS
        .TASK_NAME
        .eq(execution.getTaskName())
        .and(SCHEDULED_TASKS.TASK_INSTANCE.eq(execution.getId()))
        .and(SCHEDULED_TASKS.PICKED)
        .and(SCHEDULED_TASKS.VERSION.eq(execution.version));
  }

  private static org.jooq.InsertSetMoreStep<?> insert(
      DSLContext dsl, String name, String instance, Instant at) {
    return dsl.insertInto(SCHEDULED_TASKS)
        .set(SCHEDULED_TASKS.TASK_NAME, name)
        .set(SCHEDULED_TASKS.TASK_INSTANCE, instance)
        .set(SCHEDULED_TASKS.EXECUTION_TIME, at)
        .set(SCHEDULED_TASKS.PICKED, false)
        .set(SCHEDULED_TASKS.CONSECUTIVE_FAILURES, 0)
        .set(SCHEDULED_TASKS.VERSION, 1L);
  }
}

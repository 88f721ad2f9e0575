package dev.keywheel.job;

import static ch.qos.logback.core.spi.FilterReply.DENY;
import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.github.kagkarlsson.scheduler.Scheduler;
import dev.keywheel.db.Database;
import dev.keywheel.db.DatabaseClock;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.lang.reflect.Proxy;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

@Tag("full")
class JobsTest {
  private static final Duration OFTEN = Duration.ofMillis(100);

  private final TestDatabase postgres = TestDatabase.create();
  private final Jobs here = new Jobs(postgres.database(), "here", InstantSource.system(), OFTEN);
  private final Jobs there = new Jobs(postgres.database(), "there", InstantSource.system(), OFTEN);

  @AfterEach
  void close() {
    here.close();
    there.close();
    postgres.close();
  }

  @Test
  void a_job_runs_once_over_all_nodes_and_is_removed_afterwards() {
    var runs = new AtomicInteger();
    start(here, runs);
    start(there, runs);
    // One transaction, because between two the first job could run and be removed.
    postgres
        .database()
        .runTx(
            tx -> {
              here.schedule(tx, "work", "a", Instant.EPOCH);
              here.schedule(tx, "work", "a", Instant.EPOCH);
            });
    here.nudge();
    Await.until("no job is left", () -> remainingJobs() == 0);
    assertThat(runs).hasValue(1);
  }

  @Test
  void a_job_scheduled_in_a_transaction_that_fails_never_runs() {
    var runs = new AtomicInteger();
    start(here, runs);
    try {
      postgres
          .database()
          .runTx(
              tx -> {
                here.schedule(tx, "work", "a", Instant.EPOCH);
                throw new IllegalStateException("changed my mind");
              });
    } catch (IllegalStateException expected) {
      // Rolls the transaction back.
    }
    schedule("b", Instant.EPOCH);
    Await.until("b ran and no job is left", () -> runs.get() > 0 && remainingJobs() == 0);
    assertThat(runs).hasValue(1);
  }

  @Test
  void a_job_that_requests_another_run_runs_again() {
    var runs = new AtomicInteger();
    start(
        here,
        instance ->
            runs.incrementAndGet() == 1
                ? new JobResult.Again(Instant.EPOCH)
                : new JobResult.Done());
    schedule("a", Instant.EPOCH);
    Await.until("it ran twice and was removed", () -> runs.get() == 2 && remainingJobs() == 0);
  }

  @Test
  void a_job_woken_while_it_runs_runs_once_more() {
    var runs = new AtomicInteger();
    var running = new CountDownLatch(1);
    var woken = new CountDownLatch(1);
    start(
        here,
        instance -> {
          runs.incrementAndGet();
          running.countDown();
          await(woken);
          return new JobResult.Done();
        });
    schedule("a", Instant.EPOCH);
    await(running);
    postgres.database().runTx(tx -> there.wake(tx, "work", "a", Instant.EPOCH));
    woken.countDown();
    Await.until("it ran twice and was removed", () -> runs.get() == 2 && remainingJobs() == 0);
  }

  @Test
  void a_job_woken_while_it_runs_does_not_wait_for_the_next_poll() {
    var runs = new AtomicInteger();
    var woken = new CountDownLatch(1);
    var seldom =
        new Jobs(postgres.database(), "seldom", InstantSource.system(), Duration.ofHours(1));
    try (seldom) {
      start(
          seldom,
          instance -> {
            runs.incrementAndGet();
            await(woken);
            return new JobResult.Done();
          });
      schedule("a", Instant.EPOCH);
      seldom.nudge();
      Await.until("it runs", () -> runs.get() == 1);
      postgres.database().runTx(tx -> there.wake(tx, "work", "a", Instant.EPOCH));
      woken.countDown();
      Await.until("it ran twice and was removed", () -> runs.get() == 2 && remainingJobs() == 0);
    }
  }

  @Test
  void a_waiting_job_becomes_due_when_woken() {
    var runs = new AtomicInteger();
    start(here, runs);
    schedule("a", Instant.parse("2999-01-01T00:00:00Z"));
    postgres.database().runTx(tx -> here.wake(tx, "work", "a", Instant.EPOCH));
    Await.until("it ran", () -> runs.get() == 1);
  }

  @Test
  void a_job_that_could_not_be_picked_causes_one_log_line_and_runs_later() {
    var refused = new AtomicInteger();
    var leases =
        (DataSource)
            Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (_, method, args) -> {
                  boolean picking = Thread.currentThread().isVirtual();
                  if (picking && refused.getAndIncrement() == 0) {
                    throw new SQLTransientConnectionException("no connection is free");
                  }
                  return method.invoke(postgres.dataSource(), args);
                });
    var database =
        new Database(postgres.dataSource(), postgres.dataSource(), leases, Integer.MAX_VALUE);
    var lines = new ListAppender<ILoggingEvent>();
    lines.list = new CopyOnWriteArrayList<>();
    var log = (Logger) LoggerFactory.getLogger(JobThreads.class);
    lines.start();
    log.addAppender(lines);
    var runs = new AtomicInteger();
    try (var jobs = new Jobs(database, "busy", InstantSource.system(), OFTEN)) {
      start(jobs, runs);
      schedule("a", Instant.EPOCH);
      Await.until("it ran and was removed", () -> runs.get() == 1 && remainingJobs() == 0);
    } finally {
      log.detachAppender(lines);
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "A job could not be started and will be retried (thread job-1):"
                + " java.sql.SQLTransientConnectionException: no connection is free");
  }

  @Test
  void a_job_waits_for_a_database_that_is_read_only_without_a_warning_for_each_try()
      throws SQLException {
    var lines = new ListAppender<ILoggingEvent>();
    lines.list = new CopyOnWriteArrayList<>();
    var log = (Logger) LoggerFactory.getLogger(Scheduler.class.getPackageName());
    lines.start();
    var runs = new AtomicInteger();
    start(here, runs);
    log.addAppender(lines);
    try {
      postgres.setReadOnly(true);
      insertDue("a");
      Await.until("it was tried", () -> lines.list.size() > 3);
      assertThat(runs).hasValue(0);
    } finally {
      postgres.setReadOnly(false);
      log.detachAppender(lines);
    }
    assertThat(lines.list).allMatch(l -> new OutageFilter().decide(l) == DENY);
    Await.until("it ran and was removed", () -> runs.get() == 1 && remainingJobs() == 0);
  }

  /** Inserts a job as an administrator can during maintenance. */
  private void insertDue(String instance) throws SQLException {
    try (var connection = DriverManager.getConnection(postgres.superuser().jdbcUrl())) {
      var dsl = DSL.using(connection, SQLDialect.POSTGRES);
      dsl.execute("set default_transaction_read_only = off");
      JobRows.schedule(dsl, "work", instance, Instant.EPOCH);
    }
  }

  @Test
  void a_job_that_throws_is_retried() {
    var runs = new AtomicInteger();
    start(
        here,
        instance -> {
          if (runs.incrementAndGet() == 1) {
            throw new IllegalStateException("once");
          }
          return new JobResult.Done();
        });
    schedule("a", Instant.EPOCH);
    Await.until("it ran twice", () -> runs.get() == 2 && remainingJobs() == 0);
  }

  @Test
  void a_node_with_a_clock_ahead_takes_no_work_from_a_live_node() {
    var shared = new DatabaseClock(() -> Instant.now().plusSeconds(90), System::nanoTime);
    shared.measure(postgres.database());
    var ahead = new Jobs(postgres.database(), "ahead", shared, OFTEN);
    var over = new CountDownLatch(1);
    var running = new CountDownLatch(1);
    start(
        here,
        instance -> {
          running.countDown();
          await(over);
          return new JobResult.Done();
        });
    schedule("living", Instant.EPOCH);
    await(running);
    insertAbandonedJob("other", "dead", Instant.now().minusSeconds(600));
    var taken = ConcurrentHashMap.<String>newKeySet();
    Job take =
        instance -> {
          taken.add(instance);
          return new JobResult.Done();
        };
    try (ahead) {
      ahead.start(
          List.of(
              new JobDefinition.OneTime("work", take), new JobDefinition.OneTime("other", take)));
      Await.until("the dead node's job is taken over", () -> taken.contains("dead"));
      assertThat(taken).containsExactly("dead");
    } finally {
      over.countDown();
    }
  }

  @Test
  void a_job_running_when_its_node_stops_is_released_at_once() {
    var running = new CountDownLatch(1);
    start(
        here,
        instance -> {
          running.countDown();
          Await.until("the node stops", here.stopping()::begun);
          return new JobResult.Again(Instant.EPOCH);
        });
    schedule("a", Instant.EPOCH);
    await(running);
    here.close();
    assertThat(
            postgres
                .database()
                .<Integer>read(
                    dsl -> dsl.fetchCount(SCHEDULED_TASKS, SCHEDULED_TASKS.PICKED.isFalse())))
        .isEqualTo(1);
  }

  @Test
  void the_only_node_of_a_database_takes_over_the_jobs_of_a_killed_node_at_once() {
    insertAbandonedJob("work", "a", Instant.now());
    here.releaseAll();
    var runs = new AtomicInteger();
    start(here, runs);
    Await.until("it ran", () -> runs.get() == 1);
  }

  @Test
  void a_job_that_keeps_failing_is_counted() {
    postgres
        .database()
        .runTx(
            tx -> {
              here.schedule(tx, "work", "a", Instant.EPOCH);
              tx.dsl()
                  .update(SCHEDULED_TASKS)
                  .set(SCHEDULED_TASKS.CONSECUTIVE_FAILURES, 2)
                  .execute();
            });
    assertThat(here.countFailing()).isZero();
    start(
        here,
        instance -> {
          throw new IllegalStateException("always");
        });
    Await.until("it failed a third time", () -> here.countFailing() == 1);
  }

  /**
   * Inserts a job as a killed node leaves it. It is due only since the heartbeat, because a node
   * that does not know the job deletes a row that is long overdue.
   */
  private void insertAbandonedJob(String name, String instance, Instant heartbeat) {
    postgres
        .database()
        .runTx(
            tx -> {
              here.schedule(tx, name, instance, heartbeat);
              tx.dsl()
                  .update(SCHEDULED_TASKS)
                  .set(SCHEDULED_TASKS.PICKED, true)
                  .set(SCHEDULED_TASKS.PICKED_BY, "gone")
                  .set(SCHEDULED_TASKS.LAST_HEARTBEAT, heartbeat)
                  .where(SCHEDULED_TASKS.TASK_INSTANCE.eq(instance))
                  .execute();
            });
  }

  private static void start(Jobs jobs, AtomicInteger runs) {
    start(
        jobs,
        instance -> {
          runs.incrementAndGet();
          return new JobResult.Done();
        });
  }

  private static void start(Jobs jobs, Job work) {
    jobs.start(List.of(new JobDefinition.OneTime("work", work)));
  }

  private void schedule(String instance, Instant at) {
    postgres.database().runTx(tx -> here.schedule(tx, "work", instance, at));
    here.nudge();
  }

  private int remainingJobs() {
    return postgres.database().read(dsl -> dsl.fetchCount(SCHEDULED_TASKS));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

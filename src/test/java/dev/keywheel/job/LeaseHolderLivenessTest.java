package dev.keywheel.job;

import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Database;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class LeaseHolderLivenessTest {
  private static final Duration DEAD = Duration.ofSeconds(60);

  private static final Duration OFTEN = Duration.ofMillis(50);

  /** Value of {@link #refused} while there is no outage. */
  private static final int CONNECTS = -1;

  @AutoClose private final TestDatabase postgres = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final LeaseHolderLiveness here = liveness("here");
  private final LeaseHolderLiveness there = liveness("there");
  private final CountDownLatch end = new CountDownLatch(1);

  /** The number of refused connections since the outage began. */
  private final AtomicInteger refused = new AtomicInteger(CONNECTS);

  private final Set<String> ran = ConcurrentHashMap.newKeySet();

  @Test
  void a_node_that_cannot_renew_its_leases_publishes_that_it_is_alive() throws Exception {
    try (var jobs = jobs("here")) {
      run(jobs);
      assertThat(there.isAlive("here")).isFalse();

      refuseRenewals();

      Await.until("other nodes see it as alive", () -> pollAgain() && there.isAlive("here"));
      assertThat(there.isAlive("another")).isFalse();
      end.countDown();
    }
  }

  @Test
  void a_node_that_cannot_extend_leases_after_an_outage_publishes_that_it_is_alive()
      throws Exception {
    try (var jobs = new Jobs(new Database(unsteady()), "here", clock, OFTEN, OFTEN, () -> 0)) {
      run(jobs);
      refused.set(0);
      Await.until("a poll has failed", () -> pollAgain() && refused.get() > 0);
      refuseRenewals();
      refused.set(CONNECTS);

      Await.until("other nodes see it as alive", () -> pollAgain() && there.isAlive("here"));
      end.countDown();
    }
  }

  /** Returns when the job runs, which ends with {@link #end}. */
  private void run(Jobs jobs) {
    var running = new CountDownLatch(1);
    jobs.start(
        List.of(
            new JobDefinition.OneTime(
                "work",
                _ -> {
                  running.countDown();
                  await(end);
                  return new JobResult.Done();
                })));
    postgres.database().runTx(tx -> jobs.schedule(tx, "work", "a", clock.instant()));
    jobs.nudge();
    Await.until("the job runs", () -> running.getCount() == 0);
  }

  private DataSource unsteady() {
    return (DataSource)
        Proxy.newProxyInstance(
            DataSource.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (_, _, _) -> {
              if (refused.getAndUpdate(n -> n == CONNECTS ? n : n + 1) != CONNECTS) {
                throw new SQLException("Connection refused", "08001");
              }
              return postgres.database().dataSource().getConnection();
            });
  }

  @Test
  void a_node_keeps_leases_it_cannot_renew_while_it_publishes_that_it_is_alive() {
    insertHeldJob("here", "kept");
    insertHeldJob("gone", "left");
    try (var jobs = jobs("there")) {
      here.publish();
      jobs.start(List.of(new JobDefinition.OneTime("work", this::recordRun)));
      Await.until(
          "the work of a dead node is taken over",
          () -> publish() && pollAgain() && ran.contains("left"));
      insertHeldJob("gone", "later");
      Await.until("it polls again", () -> publish() && pollAgain() && ran.contains("later"));
      assertThat(ran).containsOnly("left", "later");

      Await.until("the node has sent no heartbeat", () -> pollAgain() && ran.contains("kept"));
    }
  }

  @Test
  void a_role_that_cannot_renew_leases_keeps_no_node_alive() throws Exception {
    var name = "alive 9 here";
    var server = new PGSimpleDataSource();
    server.setUrl(postgres.superuser().jdbcUrl());
    try (var installer = server.getConnection();
        var statement = installer.createStatement()) {
      statement.execute("create role stranger login");
      var strange = new PGSimpleDataSource();
      strange.setUrl(postgres.superuser().jdbcUrl());
      strange.setUser("stranger");
      strange.setApplicationName(name);
      try (var _ = strange.getConnection()) {
        Await.until("its session exists", () -> sessions(name) == 1);
        assertThat(there.isAlive("here")).isFalse();
      } finally {
        statement.execute("drop role stranger");
      }
    }
    here.publish();
    assertThat(there.isAlive("here")).isTrue();
  }

  private int sessions(String name) {
    return postgres
        .database()
        .read(
            dsl ->
                dsl.fetchCount(
                    DSL.table("pg_stat_activity"), DSL.condition("application_name = ?", name)));
  }

  private boolean publish() {
    here.publish();
    return true;
  }

  private JobResult recordRun(String instance) {
    ran.add(instance);
    return new JobResult.Done();
  }

  private LeaseHolderLiveness liveness(String node) {
    return new LeaseHolderLiveness(postgres.database().dataSource(), node, clock);
  }

  private Jobs jobs(String node) {
    return new Jobs(postgres.database(), node, clock, OFTEN, OFTEN, () -> 0);
  }

  /** Makes the scheduler, whose clock this is, poll again. */
  private boolean pollAgain() {
    clock.tick(Duration.ofMillis(500));
    return true;
  }

  private void insertHeldJob(String node, String instance) {
    postgres
        .database()
        .runTx(
            tx -> {
              JobRows.schedule(tx.dsl(), "work", instance, clock.instant());
              tx.dsl()
                  .update(SCHEDULED_TASKS)
                  .set(SCHEDULED_TASKS.PICKED, true)
                  .set(SCHEDULED_TASKS.PICKED_BY, node)
                  .set(SCHEDULED_TASKS.LAST_HEARTBEAT, clock.instant().minus(DEAD))
                  .where(SCHEDULED_TASKS.TASK_INSTANCE.eq(instance))
                  .execute();
            });
  }

  /** Refuses renewals, like a full disk on which other changes still find space. */
  private void refuseRenewals() {
    postgres.asOwner(
        """
        create function refuse() returns trigger language plpgsql as $$
          begin raise exception 'No space left on device' using errcode = '53100'; end $$
        """);
    postgres.asOwner(
        """
        create trigger refuse before update on scheduled_tasks for each row
          when (old.picked and new.picked) execute function refuse()
        """);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}

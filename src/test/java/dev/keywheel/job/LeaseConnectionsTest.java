package dev.keywheel.job;

import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.db.ConnectionPool;
import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.UnsteadyDatabase;
import java.lang.reflect.Proxy;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Leases after a database outage, as seen by the first node that reconnects. */
@Tag("full")
class LeaseConnectionsTest {
  private static final Duration AGE = Duration.ofSeconds(4);
  private static final Duration OFTEN = Duration.ofMillis(50);
  private static final Duration OUTAGE = Duration.ofSeconds(40);

  @AutoClose private final TestDatabase postgres = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final AtomicInteger refusals = new AtomicInteger();
  private final UnsteadyDatabase unsteady =
      new UnsteadyDatabase(postgres.address().jdbcUrl(), refusals);
  private final LeaseConnections here = new LeaseConnections(unsteady, clock);
  private final LeaseConnections there = new LeaseConnections(unsteady, clock);

  @BeforeEach
  void insertRunningJob() throws SQLException {
    postgres
        .database()
        .runTx(
            tx -> {
              JobRows.schedule(tx.dsl(), "work", "a", clock.instant());
              JobRows.schedule(tx.dsl(), "work", "waiting", clock.instant());
              tx.dsl()
                  .update(SCHEDULED_TASKS)
                  .set(SCHEDULED_TASKS.PICKED, true)
                  .set(SCHEDULED_TASKS.LAST_HEARTBEAT, clock.instant().minus(AGE))
                  .where(SCHEDULED_TASKS.TASK_INSTANCE.eq("a"))
                  .execute();
            });
    here.getConnection().close();
    there.getConnection().close();
  }

  @Test
  void an_outage_does_not_age_a_lease() throws SQLException {
    passOutage(here);
    here.getConnection().close();
    assertThat(age()).isEqualTo(AGE);

    clock.tick(Duration.ofSeconds(20));
    here.getConnection().close();
    assertThat(age()).isEqualTo(AGE.plusSeconds(20));
  }

  @Test
  void a_read_only_database_does_not_age_a_lease() throws SQLException {
    postgres.setReadOnly(true);
    try {
      clock.tick(OUTAGE);
      assertThatThrownBy(here::getConnection).matches(TransientErrors::isReadOnly);
    } finally {
      postgres.setReadOnly(false);
    }
    here.getConnection().close();
    assertThat(age()).isEqualTo(AGE);
  }

  @Test
  void connections_are_tested_every_two_seconds() throws SQLException {
    postgres.setReadOnly(true);
    try {
      here.getConnection().close();
      clock.tick(LeaseConnections.WRITABLE_FOR);
      assertThatThrownBy(here::getConnection).matches(TransientErrors::isReadOnly);
      assertThatThrownBy(here::getConnection).matches(TransientErrors::isReadOnly);
    } finally {
      postgres.setReadOnly(false);
    }
  }

  @Test
  void a_full_disk_that_prevents_sessions_does_not_age_a_lease() throws SQLException {
    var refused = new LeaseConnections(fullWhenRefused(), clock);
    refused.getConnection().close();
    passOutage(refused);
    refused.getConnection().close();
    assertThat(age()).isEqualTo(AGE);
  }

  /**
   * A full disk can refuse a connection, because PostgreSQL may write a file when a session begins.
   */
  private DataSource fullWhenRefused() {
    return (DataSource)
        Proxy.newProxyInstance(
            DataSource.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (_, _, _) -> {
              if (refusals.get() > 0) {
                throw new SQLException("could not write init file", "53100");
              }
              return unsteady.getConnection();
            });
  }

  @Test
  void a_lease_extended_by_two_nodes_is_not_newer_than_the_current_time() throws SQLException {
    passOutage(here, there);
    here.getConnection().close();
    there.getConnection().close();
    assertThat(age()).isZero();
  }

  @Test
  void a_lease_ages_while_there_are_connections() throws SQLException {
    clock.tick(OUTAGE);
    here.getConnection().close();
    assertThat(age()).isEqualTo(OUTAGE.plus(AGE));
  }

  @Test
  void a_pool_whose_connections_are_all_in_use_is_not_an_outage() throws SQLException {
    try (var pool = poolWithShortTimeout()) {
      var busy = new LeaseConnections(pool, clock);
      try (var only = busy.getConnection()) {
        assertThat(only.isValid(1)).isTrue();
        clock.tick(OUTAGE);
        assertThatThrownBy(busy::getConnection).isInstanceOf(SQLException.class);
      }
      busy.getConnection().close();
    }
    assertThat(age()).isEqualTo(OUTAGE.plus(AGE));
  }

  @Test
  void a_server_with_no_connection_left_is_an_outage() throws SQLException {
    var name = postgres.address().jdbcUrl().replaceAll(".*/([^/?]+)\\?.*", "$1");
    asSuperuser("alter database " + name + " connection limit 0");
    try (var pool = poolWithShortTimeout()) {
      var refused = new LeaseConnections(pool, clock);
      clock.tick(OUTAGE);
      Await.until("the server has refused a connection", () -> refusedByServer(refused));
      asSuperuser("alter database " + name + " connection limit -1");
      Await.until("the server accepts a connection", () -> connects(refused));
      assertThat(age()).isEqualTo(AGE);
    } finally {
      asSuperuser("alter database " + name + " connection limit -1");
    }
  }

  /**
   * A pool that waits two seconds for its only connection. A changed timeout takes effect only
   * after a while in a pool that is already open.
   */
  private HikariDataSource poolWithShortTimeout() {
    var config = new HikariConfig();
    try (var usual = ConnectionPool.open(postgres.address(), 1, ConnectionPool.Use.LEASES)) {
      usual.copyStateTo(config);
    }
    config.setConnectionTimeout(2_000);
    return new HikariDataSource(config);
  }

  private static boolean refusedByServer(LeaseConnections connections) {
    try {
      connections.getConnection().close();
      return false;
    } catch (SQLException e) {
      return TransientErrors.isOutage(e);
    }
  }

  private static boolean connects(LeaseConnections connections) {
    try {
      connections.getConnection().close();
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  private void asSuperuser(String sql) throws SQLException {
    try (var connection = DriverManager.getConnection(postgres.superuser().jdbcUrl());
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void a_node_that_polls_for_jobs_extends_all_leases_after_an_outage() {
    try (var jobs = new Jobs(new Database(unsteady), "here", clock, OFTEN, OFTEN, () -> 0)) {
      jobs.start(List.of());
      refusals.set(Integer.MAX_VALUE);
      // More refusals than the scheduler has polling threads: one thread has noticed the first
      // refusal.
      Await.until("polls have failed", () -> pollAgain() && refusals.get() < Integer.MAX_VALUE - 5);
      clock.tick(OUTAGE);
      refusals.set(0);
      Await.until("the lease is younger", () -> pollAgain() && age().compareTo(OUTAGE) < 0);
    }
  }

  /** Makes the scheduler, whose clock this is, poll again. */
  private boolean pollAgain() {
    clock.tick(Duration.ofMillis(50));
    return true;
  }

  private void passOutage(LeaseConnections... nodes) {
    refusals.set(Integer.MAX_VALUE);
    clock.tick(OUTAGE);
    for (var node : nodes) {
      assertThatThrownBy(node::getConnection).isInstanceOf(SQLException.class);
    }
    refusals.set(0);
  }

  private Duration age() {
    Instant last =
        postgres
            .database()
            .read(
                dsl ->
                    dsl.select(SCHEDULED_TASKS.LAST_HEARTBEAT)
                        .from(SCHEDULED_TASKS)
                        .where(SCHEDULED_TASKS.PICKED)
                        .fetchSingle(SCHEDULED_TASKS.LAST_HEARTBEAT));
    return Duration.between(last, clock.instant());
  }
}

package dev.keywheel.gateway.seat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Tx;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestWheel;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * The database session of an assignment ends while it holds locks on the pool and some rows of the
 * rotation, as in a restart of PostgreSQL.
 */
class RotationOutageTest {
  private static final int KEYS = 7;

  /** Ends the session that has the pool locked and waits for a row of the rotation. */
  private static final String END =
      """
      select pg_terminate_backend(pid, 60000) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%rotation_order%'""";

  @AutoClose private final TestWheel wheel = new TestWheel();
  @AutoClose private final TestGateway gateway = new TestGateway(wheel.pool);

  private final List<UUID> keys = wheel.pool.add(KEYS);

  @Test
  void no_key_is_skipped_when_the_session_of_a_request_ends() {
    var cut = cutOff(keys.getFirst(), gateway::take);

    assertThat(cut.join()).isInstanceOf(SeatGrant.Unavailable.class);
    assertRotation();
  }

  @Test
  void no_key_is_skipped_when_the_session_of_a_run_s_assignment_ends() {
    var run = wheel.run();
    var cut = cutOff(keys.getLast(), () -> wheel.plan(run));

    assertThatThrownBy(cut::join).hasStackTraceContaining("terminating connection");
    assertThat(TestWheel.names(wheel.plan(run)))
        .containsExactly("key1", "key2", "key3", "key4", "key5", "key6", "key7");
    assertRotation();
  }

  @Test
  void a_request_that_waits_for_a_plan_gets_the_first_key_when_the_session_of_the_plan_ends() {
    var run = wheel.run();
    wheel.pool.database.runTx(
        tx -> {
          lock(tx, keys.getLast());
          var cut = async(() -> wheel.plan(run));
          awaitWaiting(tx, 1);
          var waiting = async(gateway::take);
          awaitWaiting(tx, 2);
          endSession();
          assertThatThrownBy(cut::join).hasStackTraceContaining("terminating connection");
          assertThat(waiting.join())
              .isInstanceOfSatisfying(
                  SeatGrant.Granted.class,
                  granted -> assertThat(granted.key().id()).isEqualTo(keys.getFirst()));
        });
  }

  /** Uses a new thread, because the common pool may have only one. */
  private static <T> CompletableFuture<T> async(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, Thread::startVirtualThread);
  }

  /** Ends the session of an assignment that waits for one of its keys. */
  private <T> CompletableFuture<T> cutOff(UUID locked, Supplier<T> assignment) {
    return wheel.pool.database.inTx(
        tx -> {
          lock(tx, locked);
          var cut = async(assignment);
          awaitWaiting(tx, 1);
          endSession();
          cut.handle((_, _) -> true).join();
          return cut;
        });
  }

  /**
   * Asserts that all keys get seats in turn, from the first one, and that only those assignments
   * are counted.
   */
  private void assertRotation() {
    var before = number("select coalesce(sum(assignments), 0) from rotation_order");
    for (UUID key : keys) {
      assertThat(gateway.granted(gateway.first(TokenScope.ALL)).key().id()).isEqualTo(key);
    }
    assertThat(number("select count(*) from gateway_attempts")).isEqualTo(KEYS);
    assertThat(number("select sum(assignments) from rotation_order")).isEqualTo(before + KEYS);
    assertThat(before).isIn(0L, (long) KEYS);
  }

  private static void lock(Tx tx, UUID key) {
    tx.dsl().fetch("select from rotation_order where key_id = {0} for no key update", DSL.val(key));
  }

  private static void awaitWaiting(Tx tx, int sessions) {
    Await.until("the sessions wait", () -> TestDatabase.waitingForLocks(tx) == sessions);
  }

  private void endSession() {
    var url = wheel.pool.test.superuser().jdbcUrl();
    try (var connection = DriverManager.getConnection(url);
        var statement = connection.createStatement()) {
      statement.execute(END);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private long number(String query) {
    return wheel.pool.database.read(dsl -> dsl.fetchSingle(query).get(0, Long.class));
  }
}

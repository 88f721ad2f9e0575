package dev.keywheel.db;

import static dev.keywheel.db.schema.Tables.COMMITTED_WRITES;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.UnsteadyDatabase;
import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Work that fails because of the database is repeated, and written once. */
class RetryingDatabaseTest {
  @AutoClose private static final TestDatabase TEST = TestDatabase.create();

  private final TestClock clock = new TestClock();
  private final Ids ids = new Ids(clock, new Random(7));
  private final AtomicInteger refusals = new AtomicInteger();
  private final UnsteadyDatabase unsteady =
      new UnsteadyDatabase(TEST.address().jdbcUrl(), refusals);
  private final AtomicInteger waits = new AtomicInteger();
  private final AtomicInteger executions = new AtomicInteger();

  @BeforeEach
  void empty() {
    TEST.database()
        .runTx(
            tx -> {
              tx.dsl().deleteFrom(WORKSPACES).execute();
              tx.dsl().deleteFrom(COMMITTED_WRITES).execute();
            });
  }

  @Test
  void a_refused_connection_is_retried() {
    refusals.set(3);
    assertThat(insert(retrying(_ -> {}))).isEqualTo("inserted");
    assertThat(workspaces()).isOne();
    assertThat(waits.getAndSet(0)).isPositive();
    refusals.set(2);
    int read = retrying(_ -> {}).read(dsl -> dsl.fetchCount(WORKSPACES));
    assertThat(read).isOne();
    assertThat(waits).hasValue(2);
  }

  @Test
  void a_commit_whose_confirmation_was_lost_is_not_applied_twice() {
    unsteady.loseTheNextConfirmation();
    assertThat(insert(retrying(_ -> {}))).isEqualTo("inserted");
    assertThat(workspaces()).isOne();
    assertThat(executions).hasValue(1);
  }

  @Test
  void a_commit_that_was_not_executed_is_applied_again() {
    unsteady.failTheNextCommit();
    assertThat(insert(retrying(_ -> {}))).isEqualTo("inserted");
    assertThat(workspaces()).isOne();
    assertThat(executions).hasValue(2);
  }

  @Test
  void a_retry_waits_for_a_commit_that_is_still_in_progress() throws Exception {
    var release = new CountDownLatch(1);
    unsteady.executeTheNextCommitAfter(release);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var inserted = threads.submit(() -> insert(retrying(_ -> release.countDown())));
      assertThat(inserted.get()).isEqualTo("inserted");
    }
    assertThat(workspaces()).isOne();
    assertThat(executions).hasValue(1);
  }

  @Test
  void an_error_of_the_work_is_thrown_at_once_and_nothing_is_written() {
    var retrying = retrying(_ -> {});
    assertThatThrownBy(
            () ->
                retrying.runTx(
                    tx -> {
                      insert(tx);
                      throw new IllegalStateException("bug");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(workspaces()).isZero();
    assertThat(waits).hasValue(0);
  }

  @Test
  void retries_end_if_a_database_outage_lasts() {
    refusals.set(Integer.MAX_VALUE);
    var retrying = retrying(_ -> {}).within(Duration.ofSeconds(1));
    assertThatThrownBy(() -> insert(retrying)).isInstanceOf(DataAccessException.class);
    assertThat(waits.get()).isBetween(2, 5);
  }

  @Test
  void marker_rows_are_removed_once_no_retry_needs_them() {
    var retrying = retrying(_ -> {});
    insert(retrying);
    clock.tick(Duration.ofMinutes(50));
    insert(retrying);
    clock.tick(Duration.ofMinutes(20));
    retrying.removeOldMarkers();
    int left = TEST.database().read(dsl -> dsl.fetchCount(COMMITTED_WRITES));
    assertThat(left).as("the markers of the second insert and of the removal").isEqualTo(2);
  }

  private RetryingDatabase retrying(Delayer delayer) {
    Delayer counted =
        duration -> {
          waits.incrementAndGet();
          delayer.sleep(duration);
        };
    var retry = new DatabaseRetry(counted, new Random(7), Duration.ofMinutes(1));
    return new RetryingDatabase(new Database(unsteady), retry, ids, clock);
  }

  private String insert(RetryingDatabase retrying) {
    return retrying.inTx(
        tx -> {
          executions.incrementAndGet();
          insert(tx);
          return "inserted";
        });
  }

  private void insert(Tx tx) {
    tx.dsl()
        .insertInto(WORKSPACES)
        .set(WORKSPACES.ID, ids.next())
        .set(WORKSPACES.NAME, "W")
        .set(WORKSPACES.CREATED_AT, clock.instant())
        .execute();
  }

  private static int workspaces() {
    return TEST.database().read(dsl -> dsl.fetchCount(WORKSPACES));
  }
}

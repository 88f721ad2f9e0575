package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.UnsteadyDatabase;
import dev.keywheel.time.Stopwatch;
import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DatabaseTest {
  @AutoClose private final TestDatabase postgres = TestDatabase.create();
  private final Database database = postgres.database();

  @Test
  void a_thread_inside_a_transaction_gets_no_second_connection() {
    assertThatThrownBy(() -> database.runTx(tx -> database.read(dsl -> dsl.selectOne().fetch())))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> database.runTx(tx -> database.runTx(inner -> {})))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> database.inTx(tx -> database.inTx(inner -> 1)))
        .isInstanceOf(IllegalStateException.class);
    assertThat(database.<Integer>inTx(tx -> 1)).isEqualTo(1);
  }

  @Test
  void a_connection_lost_during_the_commit_leaves_the_outcome_unknown() {
    var unsteady = new UnsteadyDatabase(postgres.address().jdbcUrl(), new AtomicInteger());
    var fragile = new Database(unsteady);

    unsteady.loseTheNextConfirmation();
    assertThatThrownBy(() -> fragile.runTx(tx -> one(tx.dsl())))
        .matches(TransientErrors::isOutcomeUnknown)
        .matches(TransientErrors::isTransient)
        .matches(TransientErrors::isOfConnection);

    unsteady.rollBackTheNextCommits(1);
    assertThatThrownBy(() -> fragile.runTx(tx -> one(tx.dsl())))
        .as("refused by the server")
        .matches(TransientErrors::isTransient)
        .matches(refused -> !TransientErrors.isOutcomeUnknown(refused));
  }

  @Test
  void pages_get_a_connection_while_jobs_hold_all_of_theirs() {
    try (var work = connections(ConnectionPool.Use.JOBS);
        var pages = connections(ConnectionPool.Use.PAGES)) {
      var both = new Database(work, pages, work, 1);
      int page =
          both.inTx(
              job -> new OtherThread<>(() -> Database.page(() -> both.read(this::one))).result());
      assertThat(page).isEqualTo(1);
    }
  }

  @Test
  void pages_do_not_wait_for_a_database_that_is_known_to_be_unreachable() {
    try (var work = connections(ConnectionPool.Use.JOBS);
        var pages = connections(ConnectionPool.Use.PAGES)) {
      var both = new Database(work, pages, work, 1);
      both.setUnavailable(true);
      assertThatThrownBy(() -> Database.page(() -> both.read(this::one)))
          .isInstanceOf(DataAccessException.class)
          .matches(TransientErrors::isTransient);
      assertThat(both.read(this::one)).isEqualTo(1);
      both.setUnavailable(false);
      assertThat(Database.<Integer, RuntimeException>page(() -> both.read(this::one))).isEqualTo(1);
    }
  }

  @Test
  void pages_do_not_queue_behind_a_page_that_waits_for_an_unreachable_database() throws Exception {
    var one = new Database(postgres.dataSource(), postgres.dataSource(), postgres.dataSource(), 1);
    var waits = new CountDownLatch(1);
    var answered = new CountDownLatch(1);
    var page =
        new FutureTask<Boolean>(
            () -> Database.page(() -> one.read(dsl -> signalled(waits, answered))));
    Thread.startVirtualThread(page);
    await(waits);
    one.setUnavailable(true);
    var took = new Stopwatch();
    assertThatThrownBy(() -> Database.page(() -> one.read(this::one)))
        .isInstanceOf(Database.KnownOutageException.class);
    assertThat(took.elapsed()).isLessThan(Duration.ofSeconds(10));
    answered.countDown();
    assertThat(page.get()).isTrue();
  }

  private static boolean signalled(CountDownLatch waits, CountDownLatch answered) {
    waits.countDown();
    return await(answered);
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void a_statement_that_must_be_answered_soon_fails_without_an_answer_and_others_still_wait() {
    try (var work = connections(ConnectionPool.Use.JOBS);
        var pages = connections(ConnectionPool.Use.PAGES)) {
      var both = new Database(work, pages, work, 1);
      assertThatThrownBy(
              () -> Database.page(() -> soon(Duration.ofMillis(50), both, this::sleepForAMinute)))
          .matches(TransientErrors::isOfConnection);

      assertThat(answerWait(both)).isEqualTo(12_000);
      int waited =
          Database.page(() -> soon(Duration.ofSeconds(5), both, DatabaseTest::networkTimeout));
      assertThat(waited).isEqualTo(5_000);
      assertThat(answerWait(both)).as("of the same connection").isEqualTo(12_000);
    }
  }

  private static <T> T soon(Duration wait, Database database, Function<DSLContext, T> statements) {
    return Database.answeredWithin(wait, () -> database.read(statements));
  }

  private static int answerWait(Database database) {
    return Database.page(() -> database.read(DatabaseTest::networkTimeout));
  }

  private static int networkTimeout(DSLContext dsl) {
    return dsl.connectionResult(Connection::getNetworkTimeout);
  }

  private int sleepForAMinute(DSLContext dsl) {
    return dsl.execute("select pg_sleep(60)");
  }

  @Test
  void a_page_gives_up_waiting_for_a_lock_long_before_a_job_does() {
    try (var work = connections(ConnectionPool.Use.JOBS);
        var pages = connections(ConnectionPool.Use.PAGES)) {
      var both = new Database(work, pages, work, 1);
      assertThat(Database.<String, RuntimeException>page(() -> both.read(this::lockTimeout)))
          .isEqualTo("4s");
      assertThat(both.read(this::lockTimeout)).isEqualTo("20s");
    }
  }

  private String lockTimeout(DSLContext dsl) {
    return dsl.fetchSingle("show lock_timeout").get(0, String.class);
  }

  private Integer one(DSLContext dsl) {
    return dsl.selectOne().fetchSingle().value1();
  }

  private HikariDataSource connections(ConnectionPool.Use use) {
    return ConnectionPool.open(postgres.address(), 1, use);
  }
}

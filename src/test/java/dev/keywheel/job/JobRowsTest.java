package dev.keywheel.job;

import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.select;

import com.github.kagkarlsson.scheduler.task.Execution;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import dev.keywheel.db.Tx;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Waking a job while it is being completed: the statements of two connections in every order. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JobRowsTest {
  private static final Instant NOW = Instant.parse("2026-05-04T10:00:00Z");
  private static final Instant LATER = Instant.parse("2026-05-04T11:00:00Z");
  private static final Execution RUNNING =
      new Execution(NOW, new TaskInstance<>("work", "a"), true, "here", null, null, 0, NOW, 5);

  @AutoClose private final TestDatabase postgres = TestDatabase.create();

  @BeforeEach
  void insertRunningJob() {
    postgres
        .database()
        .runTx(
            tx -> {
              tx.dsl().deleteFrom(SCHEDULED_TASKS).execute();
              JobRows.schedule(tx.dsl(), "work", "a", NOW);
              tx.dsl()
                  .update(SCHEDULED_TASKS)
                  .set(SCHEDULED_TASKS.PICKED, true)
                  .set(SCHEDULED_TASKS.PICKED_BY, "here")
                  .set(SCHEDULED_TASKS.VERSION, 5L)
                  .execute();
            });
  }

  @Test
  void a_job_woken_before_it_completes_runs_once_more() {
    inTransaction(this::wake);
    inTransaction(this::complete);
    assertThat(due()).contains(NOW);
  }

  @Test
  void a_job_woken_after_its_completion_gets_a_new_row() {
    inTransaction(this::complete);
    assertThat(due()).isEmpty();
    inTransaction(this::wake);
    assertThat(due()).contains(NOW);
  }

  @Test
  void a_job_woken_during_its_completion_gets_a_new_row() {
    during(this::complete, this::wake);
    assertThat(due()).contains(NOW);
  }

  @Test
  void a_job_completed_while_it_is_woken_runs_once_more() {
    during(this::wake, this::complete);
    assertThat(due()).contains(NOW);
  }

  @Test
  void a_job_woken_while_it_is_postponed_runs_at_once() {
    during(this::postpone, this::wake);
    assertThat(due()).contains(NOW);
  }

  @Test
  void a_job_postponed_while_it_is_woken_runs_at_once() {
    during(this::wake, this::postpone);
    assertThat(due()).contains(NOW);
  }

  @Test
  void a_job_woken_while_it_fails_is_retried_at_once() {
    during(this::wake, tx -> JobRows.rescheduleFailed(tx.dsl(), RUNNING, LATER, NOW, NOW));
    assertThat(due()).contains(NOW);
  }

  @Test
  void a_failure_is_stored_with_its_own_time() {
    var soon = NOW.plusSeconds(2);
    inTransaction(tx -> JobRows.rescheduleFailed(tx.dsl(), RUNNING, LATER, soon, NOW));
    Instant failed =
        postgres
            .database()
            .read(
                dsl ->
                    dsl.select(SCHEDULED_TASKS.LAST_FAILURE)
                        .from(SCHEDULED_TASKS)
                        .fetchSingle(SCHEDULED_TASKS.LAST_FAILURE));
    assertThat(failed).isEqualTo(NOW);
  }

  @Test
  void a_postponed_job_waits_and_is_free_for_every_node() {
    inTransaction(this::postpone);
    assertThat(due()).contains(LATER);
  }

  @Test
  void a_node_does_not_complete_a_job_that_another_node_took_over() {
    postgres
        .database()
        .read(dsl -> dsl.update(SCHEDULED_TASKS).set(SCHEDULED_TASKS.VERSION, 6L).execute());
    inTransaction(this::complete);
    inTransaction(this::postpone);
    assertThat(postgres.database().<Integer>read(dsl -> dsl.fetchCount(SCHEDULED_TASKS)))
        .isEqualTo(1);
    assertThat(due()).isEmpty();
  }

  @Test
  void work_without_a_row_gets_one_and_existing_rows_are_kept() {
    var unfinished = select(inline("a")).unionAll(select(inline("b")));
    int missing =
        postgres.database().inTx(tx -> JobRows.scheduleMissing(tx.dsl(), "work", unfinished, NOW));
    assertThat(missing).isEqualTo(1);
    assertThat(due("b")).contains(NOW);
    assertThat(due("a")).isEmpty();
  }

  private void wake(Tx tx) {
    JobRows.wake(tx.dsl(), "work", "a", NOW);
  }

  private void complete(Tx tx) {
    JobRows.complete(tx.dsl(), RUNNING, NOW);
  }

  private void postpone(Tx tx) {
    JobRows.reschedule(tx.dsl(), RUNNING, LATER, NOW);
  }

  private void inTransaction(Consumer<Tx> statement) {
    postgres.database().runTx(statement);
  }

  /** The second transaction begins when the first has run its statements but has not committed. */
  private void during(Consumer<Tx> first, Consumer<Tx> second) {
    var other = new CompletableFuture<Void>();
    postgres
        .database()
        .runTx(
            tx -> {
              first.accept(tx);
              var thread =
                  Thread.startVirtualThread(
                      () -> {
                        postgres.database().runTx(second);
                        other.complete(null);
                      });
              Await.until(
                  "the second waits for the first",
                  () -> TestDatabase.anotherWaitsForLock(tx) || !thread.isAlive());
            });
    other.join();
  }

  private Optional<Instant> due() {
    return due("a");
  }

  /** The due time of a row that no node holds; empty if there is none. */
  private Optional<Instant> due(String instance) {
    return postgres
        .database()
        .read(
            dsl ->
                dsl.select(SCHEDULED_TASKS.EXECUTION_TIME)
                    .from(SCHEDULED_TASKS)
                    .where(SCHEDULED_TASKS.TASK_INSTANCE.eq(instance))
                    .and(SCHEDULED_TASKS.PICKED.isFalse())
                    .and(SCHEDULED_TASKS.AGAIN.isFalse())
                    .fetchOptional(SCHEDULED_TASKS.EXECUTION_TIME));
  }
}

package dev.keywheel.job;

import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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
  void a_job_runs_once_over_all_nodes_and_is_gone_afterwards() {
    var runs = new AtomicInteger();
    register(here, runs);
    register(there, runs);
    schedule("a", Instant.EPOCH);
    schedule("a", Instant.EPOCH);
    Await.until("no job is left", () -> waiting() == 0);
    assertThat(runs).hasValue(1);
  }

  @Test
  void a_job_scheduled_in_a_transaction_that_fails_never_runs() {
    var runs = new AtomicInteger();
    register(here, runs);
    try {
      postgres
          .database()
          .runTx(
              tx -> {
                here.schedule(tx, "work", "a", Instant.EPOCH);
                throw new IllegalStateException("changed my mind");
              });
    } catch (IllegalStateException expected) {
      // rolled back
    }
    schedule("b", Instant.EPOCH);
    Await.until("b ran and no job is left", () -> runs.get() > 0 && waiting() == 0);
    assertThat(runs).hasValue(1);
  }

  @Test
  void a_job_that_asks_to_run_again_does_so_at_its_time() {
    var runs = new AtomicInteger();
    here.register(
        "work",
        instance ->
            runs.incrementAndGet() == 1
                ? new JobResult.Again(Instant.EPOCH)
                : new JobResult.Done());
    here.start();
    schedule("a", Instant.EPOCH);
    Await.until("it ran twice and is gone", () -> runs.get() == 2 && waiting() == 0);
  }

  @Test
  void a_job_woken_while_it_runs_runs_once_more() {
    var runs = new AtomicInteger();
    var running = new CountDownLatch(1);
    var woken = new CountDownLatch(1);
    here.register(
        "work",
        instance -> {
          runs.incrementAndGet();
          running.countDown();
          await(woken);
          return new JobResult.Done();
        });
    here.start();
    schedule("a", Instant.EPOCH);
    await(running);
    postgres.database().runTx(tx -> there.wake(tx, "work", "a", Instant.EPOCH));
    woken.countDown();
    Await.until("it ran twice and is gone", () -> runs.get() == 2 && waiting() == 0);
  }

  @Test
  void a_job_that_waits_is_moved_when_woken() {
    var runs = new AtomicInteger();
    register(here, runs);
    schedule("a", Instant.parse("2999-01-01T00:00:00Z"));
    postgres.database().runTx(tx -> here.wake(tx, "work", "a", Instant.EPOCH));
    Await.until("it ran", () -> runs.get() == 1);
  }

  @Test
  void a_job_that_throws_is_tried_again() {
    var runs = new AtomicInteger();
    here.register(
        "work",
        instance -> {
          if (runs.incrementAndGet() == 1) {
            throw new IllegalStateException("once");
          }
          return new JobResult.Done();
        });
    here.start();
    schedule("a", Instant.EPOCH);
    Await.until("it ran twice", () -> runs.get() == 2 && waiting() == 0);
  }

  private static void register(Jobs jobs, AtomicInteger runs) {
    jobs.register(
        "work",
        instance -> {
          runs.incrementAndGet();
          return new JobResult.Done();
        });
    jobs.start();
  }

  private void schedule(String instance, Instant at) {
    postgres.database().runTx(tx -> here.schedule(tx, "work", instance, at));
    here.nudge();
  }

  private int waiting() {
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

package dev.keywheel.job;

import static dev.keywheel.db.schema.Tables.SCHEDULED_TASKS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Await;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class LivingHoldersTest {
  private static final Duration DEAD = Duration.ofSeconds(60);

  @AutoClose private final TestDatabase postgres = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final LivingHolders here = holders("here");
  private final LivingHolders there = holders("there");
  private final Set<String> ran = ConcurrentHashMap.newKeySet();

  @Test
  void a_node_that_cannot_renew_its_leases_tells_the_others_that_it_lives() throws Exception {
    var running = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    try (var jobs = jobs("here")) {
      jobs.start(
          List.of(
              new JobDefinition.OneTime(
                  "work",
                  _ -> {
                    running.countDown();
                    awaited(end);
                    return new JobResult.Done();
                  })));
      postgres.database().runTx(tx -> jobs.schedule(tx, "work", "a", clock.instant()));
      jobs.nudge();
      running.await();
      assertThat(there.lives("here")).isFalse();

      refuseRenewals();

      Await.until("the others know", () -> next() && there.lives("here"));
      assertThat(there.lives("another")).isFalse();
      end.countDown();
    }
  }

  @Test
  void a_living_node_keeps_what_it_cannot_renew_until_it_no_longer_tells() {
    held("here", "kept");
    held("gone", "left");
    try (var jobs = jobs("there")) {
      here.tell();
      jobs.start(List.of(new JobDefinition.OneTime("work", this::noted)));
      Await.until(
          "the work of a dead node is taken over", () -> tells() && next() && ran.contains("left"));
      held("gone", "later");
      Await.until("it looks again", () -> tells() && next() && ran.contains("later"));
      assertThat(ran).containsOnly("left", "later");

      Await.until("the node has been silent", () -> next() && ran.contains("kept"));
    }
  }

  private boolean tells() {
    here.tell();
    return true;
  }

  private JobResult noted(String instance) {
    ran.add(instance);
    return new JobResult.Done();
  }

  private LivingHolders holders(String node) {
    return new LivingHolders(postgres.database().dataSource(), node, clock);
  }

  private Jobs jobs(String node) {
    return new Jobs(postgres.database(), node, clock, Duration.ofMillis(50), () -> 0);
  }

  /** The scheduler looks again when its clock says so. */
  private boolean next() {
    clock.tick(Duration.ofMillis(500));
    return true;
  }

  private void held(String node, String instance) {
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

  /** As on a full disk, on which other changes find space. */
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

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}

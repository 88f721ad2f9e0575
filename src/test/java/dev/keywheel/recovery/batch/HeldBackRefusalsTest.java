package dev.keywheel.recovery.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.job.Jobs;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.Trigger;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A batch whose provider refuses more keys than refusals are held back. */
class HeldBackRefusalsTest {
  private static final int KEYS = 10;
  private static final int MAX_HELD_BACK = 4;

  @AutoClose private final World world = new World();

  @Test
  void a_due_batch_whose_keys_are_all_refused_marks_two_keys_and_pauses_the_pool() {
    var keys = world.manyLimited(KEYS, "key", "bad");

    run(Trigger.DUE, keys);

    assertThat(keys).filteredOn(key -> world.status(key) == KeyStatus.FAILED).hasSize(2);
    assertThat(world.keys.status().findPause(world.pool)).isPresent();
  }

  @Test
  void a_batch_that_a_user_requested_marks_every_refused_key() {
    var keys = world.manyLimited(KEYS, "key", "bad");

    run(Trigger.ASKED, keys);

    assertThat(keys).allMatch(key -> world.status(key) == KeyStatus.FAILED);
    assertThat(world.keys.status().findPause(world.pool)).isEmpty();
  }

  private void run(Trigger trigger, List<UUID> keys) {
    var jobs = new Jobs(world.database, "by-hand", InstantSource.system(), Duration.ofMillis(50));
    var ticket = world.recovery(jobs).requestTests(world.pool, trigger, null, null, keys);
    var batch = Objects.requireNonNull(ticket.recoveryId());
    world.batches(MAX_HELD_BACK).run(batch);
    assertThat(world.state(batch)).isEqualTo(BatchState.DONE);
  }
}

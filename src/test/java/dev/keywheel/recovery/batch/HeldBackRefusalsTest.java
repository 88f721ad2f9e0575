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

  @AutoClose private final RecoveryFixture fixture = new RecoveryFixture();

  @Test
  void a_due_batch_whose_keys_are_all_refused_marks_two_keys_and_pauses_the_pool() {
    var keys = fixture.manyLimited(KEYS, "key", "bad");

    run(Trigger.DUE_CHECK, keys);

    assertThat(keys).filteredOn(key -> fixture.status(key) == KeyStatus.FAILED).hasSize(2);
    assertThat(fixture.keys.status().findPause(fixture.pool)).isPresent();
  }

  @Test
  void a_batch_that_a_user_requested_marks_every_refused_key() {
    var keys = fixture.manyLimited(KEYS, "key", "bad");

    run(Trigger.USER, keys);

    assertThat(keys).allMatch(key -> fixture.status(key) == KeyStatus.FAILED);
    assertThat(fixture.keys.status().findPause(fixture.pool)).isEmpty();
  }

  private void run(Trigger trigger, List<UUID> keys) {
    var jobs = new Jobs(fixture.database, "by-hand", InstantSource.system(), Duration.ofMillis(50));
    var ticket = fixture.recovery(jobs).requestTests(fixture.pool, trigger, null, null, keys);
    var batch = Objects.requireNonNull(ticket.recoveryId());
    fixture.batches(MAX_HELD_BACK).run(batch);
    assertThat(fixture.state(batch)).isEqualTo(BatchState.DONE);
  }
}

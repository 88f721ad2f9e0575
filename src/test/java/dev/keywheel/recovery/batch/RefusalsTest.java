package dev.keywheel.recovery.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.job.Jobs;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.recovery.store.Trigger;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the refusals of all keys lead to, when the database refuses to store it at first. */
class RefusalsTest {
  private static final int KEYS = 10;

  @AutoClose private final World world = new World();
  private final Jobs jobs =
      new Jobs(world.database, "by-hand", InstantSource.system(), Duration.ofMillis(50));

  /**
   * @param maxHeldBack number of refusals that are judged before the end of the batch
   */
  @ParameterizedTest
  @ValueSource(ints = {KEYS / 2, 2 * KEYS})
  void a_pause_that_could_not_be_stored_is_stored_when_the_batch_continues(int maxHeldBack) {
    var keys = world.manyLimited(KEYS, "key", "bad");
    var ticket = world.recovery(jobs).requestTests(world.pool, Trigger.DUE, null, null, keys);
    var batch = Objects.requireNonNull(ticket.recoveryId());
    var worker = world.batches(maxHeldBack);
    world.postgres.asOwner(
        "alter table pools add constraint no_pause check (paused_until is null)");
    assertThatThrownBy(() -> worker.run(batch))
        .isInstanceOf(DataAccessException.class)
        .hasMessageContaining("no_pause");
    world.postgres.asOwner("alter table pools drop constraint no_pause");

    worker.run(batch);

    assertThat(world.keys.status().findPause(world.pool)).isPresent();
  }

  @Test
  void keys_whose_test_could_not_be_requested_are_tested_after_the_next_accepted_key() {
    var keys = world.manyLimited(3, "key", "bad");
    var recovery = world.recovery(jobs);
    for (var key : keys) {
      recovery.refusals().refused(world.pool, key.toString(), key, world.clock.instant());
    }
    world.database.runTx(tx -> world.keys.status().setNotice(tx, world.pool, "All are refused."));
    world.postgres.asOwner("alter table pools add constraint noticed check (notice is not null)");
    assertThatThrownBy(() -> recovery.accepted(world.pool)).hasMessageContaining("noticed");
    world.postgres.asOwner("alter table pools drop constraint noticed");
    var stillGood = world.active("good", "ok");
    assertThat(
            recovery
                .refusals()
                .refused(world.pool, "good", stillGood, world.clock.instant())
                .believed())
        .as("a refusal after the accepted key")
        .isTrue();

    recovery.accepted(world.pool);
    recovery.accepted(world.pool);

    assertThat(world.keys.status().findNotice(world.pool)).isEmpty();
    assertThat(world.recoveries()).isEqualTo(1);
    assertThat(world.status(stillGood)).isEqualTo(KeyStatus.ACTIVE);
  }
}

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

/** The consequences of refusals of all keys when the database at first cannot store them. */
class RefusalsTest {
  private static final int KEYS = 10;

  @AutoClose private final RecoveryFixture fixture = new RecoveryFixture();
  private final Jobs jobs =
      new Jobs(fixture.database, "by-hand", InstantSource.system(), Duration.ofMillis(50));

  /**
   * @param maxHeldBack number of refusals that are judged before the end of the batch
   */
  @ParameterizedTest
  @ValueSource(ints = {KEYS / 2, 2 * KEYS})
  void a_pause_that_could_not_be_stored_is_stored_when_the_batch_continues(int maxHeldBack) {
    var keys = fixture.manyLimited(KEYS, "key", "bad");
    var ticket =
        fixture.recovery(jobs).requestTests(fixture.pool, Trigger.DUE_CHECK, null, null, keys);
    var batch = Objects.requireNonNull(ticket.recoveryId());
    var worker = fixture.batches(maxHeldBack);
    fixture.postgres.asOwner(
        "alter table pools add constraint no_pause check (paused_until is null)");
    assertThatThrownBy(() -> worker.run(batch))
        .isInstanceOf(DataAccessException.class)
        .hasMessageContaining("no_pause");
    fixture.postgres.asOwner("alter table pools drop constraint no_pause");

    worker.run(batch);

    assertThat(fixture.keys.status().findPause(fixture.pool)).isPresent();
  }

  @Test
  void keys_whose_test_could_not_be_requested_are_tested_after_the_next_accepted_key() {
    var keys = fixture.manyLimited(3, "key", "bad");
    var recovery = fixture.recovery(jobs);
    for (var key : keys) {
      recovery.refusals().recordRefusal(fixture.pool, key.toString(), key, fixture.clock.instant());
    }
    fixture.database.runTx(
        tx -> fixture.keys.status().setNotice(tx, fixture.pool, "All are refused."));
    fixture.postgres.asOwner("alter table pools add constraint noticed check (notice is not null)");
    assertThatThrownBy(() -> recovery.recordAccepted(fixture.pool)).hasMessageContaining("noticed");
    fixture.postgres.asOwner("alter table pools drop constraint noticed");
    var stillGood = fixture.active("good", "ok");
    assertThat(
            recovery
                .refusals()
                .recordRefusal(fixture.pool, "good", stillGood, fixture.clock.instant())
                .countsAgainstKey())
        .as("a refusal after the accepted key")
        .isTrue();

    recovery.recordAccepted(fixture.pool);
    recovery.recordAccepted(fixture.pool);

    assertThat(fixture.keys.status().findNotice(fixture.pool)).isEmpty();
    assertThat(fixture.recoveries()).isEqualTo(1);
    assertThat(fixture.status(stillGood)).isEqualTo(KeyStatus.ACTIVE);
  }
}

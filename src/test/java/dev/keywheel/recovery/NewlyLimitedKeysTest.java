package dev.keywheel.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.recovery.batch.RecoveryFixture;
import dev.keywheel.recovery.store.BatchCounts;
import dev.keywheel.recovery.store.ResultRows;
import dev.keywheel.recovery.store.Trigger;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class NewlyLimitedKeysTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @AutoClose private final RecoveryFixture fixture = new RecoveryFixture();

  @Test
  void an_active_key_that_a_batch_finds_rate_limited_is_counted_separately() {
    var wanted =
        List.of(
            fixture.active("active", "spent"),
            fixture.limited("limited", "spent"),
            fixture.failed("failed", "spent"));
    var recovery = fixture.node("one").recovery();
    var batchTicket =
        recovery.requestTests(fixture.pool, Trigger.USER, fixture.person, null, wanted);
    var counts = new BatchCounts(3, 3, 0, 0, 3, 0, 0, 0, 2, 0);
    assertThat(BatchCounts.of(recovery.await(batchTicket, LONG).keys())).isEqualTo(counts);
    var id = Objects.requireNonNull(batchTicket.recoveryId());
    assertThat(fixture.counts(id)).isEqualTo(counts);
    fixture.database.runTx(tx -> ResultRows.recount(tx, id));
    assertThat(fixture.counts(id)).isEqualTo(counts);
    assertThat(fixture.logOf(id))
        .contains("🔄 BATCH TESTING COMPLETED: 0 recovered, 3 still rate_limited, 0 still failed");
  }
}

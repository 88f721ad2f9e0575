package dev.keywheel.recovery.batch;

import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.job.Jobs;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.KeyTestRepository;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class KeyFeedTest {
  /** The number of keys that the request adds to the batch; the feed adds the others. */
  private static final int FIRST = 500;

  @AutoClose private final RecoveryFixture fixture = new RecoveryFixture();
  private final BatchRepository batches = new BatchRepository();

  @Test
  void keys_added_with_the_request_are_tested_before_further_ones_are_added() {
    fixture.manyFailed(FIRST + 1, "key", "ok");
    var jobs = new Jobs(fixture.database, "asking", InstantSource.system(), Duration.ofMillis(50));
    var ticket = fixture.recovery(jobs).requestTestsOfUnusable(fixture.person).getFirst();
    var id = Objects.requireNonNull(ticket.recoveryId());
    var taken = fixture.database.inTx(tx -> batches.takeOver(tx, id)).orElseThrow();
    var writer =
        new BatchWriter(
            fixture.database,
            fixture.keys,
            fixture.log,
            jobs,
            fixture.clock,
            new ResultSignal(),
            new Refusals());
    var feed = new KeyFeed(fixture.database, new KeyTestRepository(), writer, taken, FIRST);

    assertThat(feed.next()).hasSize(FIRST);
    assertThat(total(id)).isEqualTo(FIRST);
    assertThat(feed.next()).hasSize(1);
    assertThat(feed.next()).isEmpty();
    assertThat(feed.ended()).isTrue();
    assertThat(feed.total()).isEqualTo(FIRST + 1);
  }

  private int total(UUID batch) {
    return fixture.database.read(
        dsl ->
            dsl.select(RECOVERIES.TOTAL)
                .from(RECOVERIES)
                .where(RECOVERIES.ID.eq(batch))
                .fetchSingle(RECOVERIES.TOTAL));
  }
}

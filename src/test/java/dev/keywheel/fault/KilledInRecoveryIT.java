package dev.keywheel.fault;

import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.recovery.batch.RecoveryFixture;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.support.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node that is killed in the middle of a batch, which another node finishes. */
@Tag("slow")
@Timeout(300)
class KilledInRecoveryIT {
  private static final int KEYS = 300;
  private static final int ANSWERED_BEFORE = 150;
  private static final Duration LONG = Duration.ofSeconds(90);

  @TempDir private Path first;
  @TempDir private Path second;

  @Test
  void the_batch_of_a_killed_node_is_finished_by_another_with_one_result_per_key()
      throws Exception {
    try (var fixture = new RecoveryFixture()) {
      var wanted = fixture.manyFailed(KEYS, "key", "ok");
      fixture.upstream.answerAtMost(ANSWERED_BEFORE);
      try (var killed = node(fixture, first).awaitReady()) {
        var batch = fixture.requestTests(wanted);
        Await.until(
            "half of the keys have a result",
            LONG,
            () -> fixture.counts(batch).tested() == ANSWERED_BEFORE);
        Await.until(
            "the other half are being checked",
            LONG,
            () -> fixture.upstream.open() == KEYS - ANSWERED_BEFORE);
        // The other node starts only now: while it starts, the open checks would reach their
        // deadline.
        killed.kill();
        OnDatabase.expireLeases(fixture.database);
        fixture.upstream.release();
        try (var other = node(fixture, second).awaitReady()) {
          Await.until("the batch is over", LONG, () -> fixture.state(batch) == BatchState.DONE);
          assertThat(other.alive()).isTrue();
        }
        assertEachKeyHasOneResult(fixture, batch);
      }
    }
  }

  private static void assertEachKeyHasOneResult(RecoveryFixture fixture, UUID batch) {
    assertThat(fixture.counts(batch).recovered()).isEqualTo(KEYS);
    assertThat(fixture.keys.status().counts(fixture.pool).active()).isEqualTo(KEYS);
    int tests = fixture.database.read(dsl -> dsl.fetchCount(KEY_TESTS));
    assertThat(tests).isEqualTo(KEYS);
    var lines = fixture.logOf(batch).stream().filter(l -> l.contains("recovered:")).toList();
    assertThat(lines).hasSize(KEYS);
    assertThat(new HashSet<>(lines)).as("each key once").hasSize(KEYS);
    assertThat(fixture.upstream.checks())
        .as("a key with a result is not checked again")
        .isEqualTo(KEYS + KEYS - ANSWERED_BEFORE);
  }

  private static StartedKeywheel node(RecoveryFixture fixture, Path folder) throws Exception {
    return new StartedKeywheel(
        folder,
        Map.of(
            "DATABASE_URL",
            fixture.postgres.address().jdbcUrl(),
            "KEYWHEEL_KEK",
            RecoveryFixture.KEK,
            "KEYWHEEL_SANDBOX",
            "off",
            "KEYWHEEL_OPENROUTER_URL",
            fixture.upstream.base().toString()));
  }
}

package dev.keywheel.fault;

import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.recovery.batch.World;
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
    try (var world = new World()) {
      var wanted = world.manyFailed(KEYS, "key", "ok");
      world.upstream.answerAtMost(ANSWERED_BEFORE);
      try (var killed = node(world, first).awaitReady()) {
        var batch = world.requestTests(wanted);
        Await.until(
            "half of the keys have a result",
            LONG,
            () -> world.counts(batch).tested() == ANSWERED_BEFORE);
        Await.until(
            "the other half are being checked",
            LONG,
            () -> world.upstream.open() == KEYS - ANSWERED_BEFORE);
        // The other node starts only now: while it starts, the open checks would reach their
        // deadline.
        killed.kill();
        OnDatabase.expireLeases(world.database);
        world.upstream.release();
        try (var other = node(world, second).awaitReady()) {
          Await.until("the batch is over", LONG, () -> world.state(batch) == BatchState.DONE);
          assertThat(other.alive()).isTrue();
        }
        assertEachKeyHasOneResult(world, batch);
      }
    }
  }

  private static void assertEachKeyHasOneResult(World world, UUID batch) {
    assertThat(world.counts(batch).recovered()).isEqualTo(KEYS);
    assertThat(world.keys.status().counts(world.pool).active()).isEqualTo(KEYS);
    int tests = world.database.read(dsl -> dsl.fetchCount(KEY_TESTS));
    assertThat(tests).isEqualTo(KEYS);
    var lines = world.logOf(batch).stream().filter(l -> l.contains("recovered:")).toList();
    assertThat(lines).hasSize(KEYS);
    assertThat(new HashSet<>(lines)).as("each key once").hasSize(KEYS);
    assertThat(world.upstream.checks())
        .as("a key with a result is not checked again")
        .isEqualTo(KEYS + KEYS - ANSWERED_BEFORE);
  }

  private static StartedKeywheel node(World world, Path folder) throws Exception {
    return new StartedKeywheel(
        folder,
        Map.of(
            "DATABASE_URL",
            world.postgres.address().jdbcUrl(),
            "KEYWHEEL_KEK",
            World.KEK,
            "KEYWHEEL_SANDBOX",
            "off",
            "KEYWHEEL_OPENROUTER_URL",
            world.upstream.base().toString()));
  }
}

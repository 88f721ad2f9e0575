package dev.keywheel.recovery.batch;

import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestAudit;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The secret of a key is replaced while a batch tests the key. */
class ReplacedDuringBatchTest {
  private final World world = new World();

  @AfterEach
  void close() throws Exception {
    world.close();
  }

  @Test
  void a_key_replaced_during_its_check_is_tested_again_with_the_new_secret() {
    UUID key = world.failed("a", "bad");
    UUID other = world.active("b", "ok");
    var node = world.node("one");
    world.upstream.hold();
    var ticket =
        node.recovery().ask(world.pool, Trigger.ASKED, world.person, null, List.of(key, other));
    Await.until("both checks are open", () -> world.upstream.open() == 2);
    replace(key);
    world.upstream.release();
    node.recovery().await(ticket, Duration.ofSeconds(20));
    assertThat(world.status(key)).isEqualTo(KeyStatus.ACTIVE);
    var batch = ticket.recoveryId();
    Await.until("the batch ends", () -> world.state(batch) == BatchState.DONE);
    assertThat(world.tally(batch).recovered()).isEqualTo(1);
    assertThat(world.tally(batch).tested()).isEqualTo(2);
  }

  @Test
  void a_result_of_the_old_secret_in_a_running_batch_is_dropped_when_the_key_is_asked_for_again() {
    UUID key = world.failed("a", "bad");
    UUID slow = world.active("b", "ok");
    world.set(new RecoverySettings(1, 30));
    var node = world.node("one");
    world.upstream.answerAtMost(1);
    var first =
        node.recovery().ask(world.pool, Trigger.ASKED, world.person, null, List.of(key, slow));
    Await.until("one is tested", () -> world.tally(first.recoveryId()).tested() == 1);
    UUID tested =
        world.database.read(
            dsl ->
                dsl.select(KEY_TESTS.KEY_ID)
                    .from(KEY_TESTS)
                    .where(KEY_TESTS.RECOVERY_ID.eq(first.recoveryId()))
                    .and(KEY_TESTS.RESULT.isNotNull())
                    .fetchSingle(KEY_TESTS.KEY_ID));
    replace(tested);
    var again = node.recovery().ask(world.pool, Trigger.ASKED, world.person, null, List.of(tested));
    assertThat(again.recoveryId()).isEqualTo(first.recoveryId());
    assertThat(world.tally(first.recoveryId()).tested()).isZero();
    world.upstream.release();
    var result = node.recovery().await(again, Duration.ofSeconds(20)).keys();
    assertThat(result).hasSize(1);
    assertThat(world.status(tested)).isEqualTo(KeyStatus.ACTIVE);
    Await.until("the batch ends", () -> world.state(first.recoveryId()) == BatchState.DONE);
    assertThat(world.tally(first.recoveryId()).tested()).isEqualTo(2);
  }

  private void replace(UUID key) {
    world.clock.tick(Duration.ofSeconds(1));
    new KeyImport(
            world.database,
            world.vault,
            TestAudit.unsigned(world.database, world.clock),
            world.ids,
            world.clock)
        .replacements()
        .replace(world.person, world.pool, key, "sk-or-v1-fresh-ok");
  }
}

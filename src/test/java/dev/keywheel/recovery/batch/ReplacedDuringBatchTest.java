package dev.keywheel.recovery.batch;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.job.Jobs;
import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestAudit;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The secret of a key is replaced while a batch tests the key. */
class ReplacedDuringBatchTest {
  @AutoClose private final World world = new World();

  @Test
  void a_key_replaced_during_its_check_is_tested_again_with_the_new_secret() {
    UUID key = world.failed("a", "bad");
    UUID other = world.active("b", "ok");
    var node = world.node("one");
    world.upstream.hold();
    var ticket =
        node.recovery()
            .requestTests(world.pool, Trigger.ASKED, world.person, null, List.of(key, other));
    Await.until("both checks are open", () -> world.upstream.open() == 2);
    replace(key);
    world.upstream.release();
    node.recovery().await(ticket, Duration.ofSeconds(60));
    assertThat(world.status(key)).isEqualTo(KeyStatus.ACTIVE);
    var batch = ticket.recoveryId();
    Await.until("the batch ends", () -> world.state(batch) == BatchState.DONE);
    assertThat(world.counts(batch).recovered()).isEqualTo(1);
    assertThat(world.counts(batch).tested()).isEqualTo(2);
  }

  @Test
  void the_result_of_the_old_secret_is_dropped_when_the_key_is_requested_again() {
    UUID key = world.failed("a", "bad");
    UUID slow = world.active("b", "ok");
    world.set(new RecoverySettings(1, 30));
    var node = world.node("one");
    world.upstream.answerAtMost(1);
    var first =
        node.recovery()
            .requestTests(world.pool, Trigger.ASKED, world.person, null, List.of(key, slow));
    Await.until("one is tested", () -> world.counts(first.recoveryId()).tested() == 1);
    UUID tested = tested(first.recoveryId());
    replace(tested);
    var again =
        node.recovery()
            .requestTests(world.pool, Trigger.ASKED, world.person, null, List.of(tested));
    assertThat(again.recoveryId()).isEqualTo(first.recoveryId());
    assertThat(world.counts(first.recoveryId()).tested()).isZero();
    world.upstream.release();
    var result = node.recovery().await(again, Duration.ofSeconds(60)).keys();
    assertThat(result).hasSize(1);
    assertThat(world.status(tested)).isEqualTo(KeyStatus.ACTIVE);
    Await.until("the batch ends", () -> world.state(first.recoveryId()) == BatchState.DONE);
    assertThat(world.counts(first.recoveryId()).tested()).isEqualTo(2);
  }

  @Test
  void the_result_of_the_old_secret_is_dropped_when_all_matching_keys_are_requested() {
    world.failed("a", "bad");
    world.active("b", "ok");
    world.set(new RecoverySettings(1, 30));
    var node = world.node("one");
    world.upstream.answerAtMost(1);
    var batch = node.recovery().requestTestsOfAll(world.person).getFirst().recoveryId();
    Await.until("one is tested", () -> world.counts(batch).tested() == 1);
    UUID tested = tested(batch);
    replace(tested);
    node.recovery()
        .requestTestsOfMatching(
            world.person, new Selection.Matching(KeyFilter.ALL, 2, world.clock.instant()));
    assertThat(world.counts(batch).tested()).isZero();
    world.upstream.release();
    Await.until("the batch ends", () -> world.state(batch) == BatchState.DONE);
    assertThat(world.status(tested)).isEqualTo(KeyStatus.ACTIVE);
    assertThat(world.counts(batch).tested()).isEqualTo(2);
  }

  @Test
  void a_batch_ends_although_the_secret_of_a_held_back_refusal_was_replaced() {
    UUID first = world.active("a", "bad");
    UUID second = world.active("b", "bad");
    world.set(new RecoverySettings(1, 30));
    var node = world.node("one");
    world.upstream.answerAtMost(1);
    var ticket =
        node.recovery()
            .requestTests(world.pool, Trigger.ASKED, world.person, null, List.of(first, second));
    Await.until(
        "the first is refused, the second is being checked",
        () -> world.upstream.checks() == 2 && world.upstream.open() == 1);
    replace(first);
    world.upstream.release();
    Await.until("the batch ends", () -> world.state(ticket.recoveryId()) == BatchState.DONE);
    assertThat(world.status(first)).isEqualTo(KeyStatus.ACTIVE);
    assertThat(world.status(second)).isEqualTo(KeyStatus.FAILED);
  }

  @Test
  void a_batch_ends_although_a_key_was_purged_during_its_check() {
    UUID purged = world.active("a", "ok");
    UUID other = world.active("b", "ok");
    var node = world.node("one");
    world.upstream.hold();
    var ticket =
        node.recovery()
            .requestTests(world.pool, Trigger.ASKED, world.person, null, List.of(purged, other));
    Await.until("both checks are open", () -> world.upstream.open() == 2);
    world.database.runTx(
        tx -> tx.dsl().deleteFrom(API_KEYS).where(API_KEYS.ID.eq(purged)).execute());
    world.upstream.release();
    Await.until("the batch ends", () -> world.state(ticket.recoveryId()) == BatchState.DONE);
    assertThat(world.counts(ticket.recoveryId()).tested()).isEqualTo(1);
  }

  /** The only key that has a result. */
  private UUID tested(UUID batch) {
    return world.database.read(
        dsl ->
            dsl.select(KEY_TESTS.KEY_ID)
                .from(KEY_TESTS)
                .where(KEY_TESTS.RECOVERY_ID.eq(batch))
                .and(KEY_TESTS.RESULT.isNotNull())
                .fetchSingle(KEY_TESTS.KEY_ID));
  }

  private void replace(UUID key) {
    world.clock.tick(Duration.ofSeconds(1));
    new KeyImport(
            world.database,
            world.vault,
            TestAudit.unsigned(world.database, world.clock),
            new Jobs(world.database, "test", world.clock, Duration.ofMillis(50)),
            world.ids,
            world.clock)
        .replacements()
        .replace(world.person, world.pool, key, "sk-or-v1-fresh-ok");
  }
}

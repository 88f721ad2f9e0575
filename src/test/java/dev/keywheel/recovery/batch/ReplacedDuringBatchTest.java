package dev.keywheel.recovery.batch;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.job.Jobs;
import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.recovery.BatchTicket;
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
  @AutoClose private final RecoveryFixture fixture = new RecoveryFixture();

  @Test
  void a_key_replaced_during_its_check_is_tested_again_with_the_new_secret() {
    UUID key = fixture.failed("a", "bad");
    UUID other = fixture.active("b", "ok");
    var node = fixture.node("one");
    var ticket = openChecks(node, key, other);
    replace(key);
    fixture.upstream.release();
    node.recovery().await(ticket, Duration.ofSeconds(60));
    assertThat(fixture.status(key)).isEqualTo(KeyStatus.ACTIVE);
    var batch = ticket.recoveryId();
    Await.until("the batch ends", () -> fixture.state(batch) == BatchState.DONE);
    assertThat(fixture.counts(batch).recovered()).isEqualTo(1);
    assertThat(fixture.counts(batch).tested()).isEqualTo(2);
  }

  @Test
  void a_refusal_of_the_new_secret_of_a_failed_key_is_confirmed_and_counts_as_newly_failed() {
    UUID key = fixture.failed("a", "bad");
    UUID other = fixture.active("b", "ok");
    var node = fixture.node("one");
    var batch = openChecks(node, key, other).recoveryId();
    replace(key, "sk-or-v1-fresh-bad");
    node.recovery().requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(key));
    fixture.upstream.release();
    Await.until("the batch ends", () -> fixture.state(batch) == BatchState.DONE);
    assertThat(fixture.upstream.requestsOf("sk-or-v1-fresh-bad")).isEqualTo(2);
    assertThat(fixture.counts(batch).newlyFailed()).isEqualTo(1);
  }

  @Test
  void the_result_of_the_old_secret_is_dropped_when_the_key_is_requested_again() {
    UUID key = fixture.failed("a", "bad");
    UUID slow = fixture.active("b", "ok");
    fixture.set(new RecoverySettings(1, 30));
    var node = fixture.node("one");
    fixture.upstream.answerAtMost(1);
    var first =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(key, slow));
    Await.until("one is tested", () -> fixture.counts(first.recoveryId()).tested() == 1);
    UUID tested = tested(first.recoveryId());
    replace(tested);
    var again =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(tested));
    assertThat(again.recoveryId()).isEqualTo(first.recoveryId());
    assertThat(fixture.counts(first.recoveryId()).tested()).isZero();
    fixture.upstream.release();
    var result = node.recovery().await(again, Duration.ofSeconds(60)).keys();
    assertThat(result).hasSize(1);
    assertThat(fixture.status(tested)).isEqualTo(KeyStatus.ACTIVE);
    Await.until("the batch ends", () -> fixture.state(first.recoveryId()) == BatchState.DONE);
    assertThat(fixture.counts(first.recoveryId()).tested()).isEqualTo(2);
  }

  @Test
  void the_result_of_the_old_secret_is_dropped_when_all_matching_keys_are_requested() {
    fixture.failed("a", "bad");
    fixture.active("b", "ok");
    fixture.set(new RecoverySettings(1, 30));
    var node = fixture.node("one");
    fixture.upstream.answerAtMost(1);
    var batch = node.recovery().requestTestsOfAll(fixture.person).getFirst().recoveryId();
    Await.until("one is tested", () -> fixture.counts(batch).tested() == 1);
    UUID tested = tested(batch);
    replace(tested);
    node.recovery()
        .requestTestsOfMatching(
            fixture.person, new Selection.Matching(KeyFilter.ALL, 2, fixture.clock.instant()));
    fixture.upstream.release();
    Await.until("the batch ends", () -> fixture.state(batch) == BatchState.DONE);
    assertThat(fixture.status(tested)).isEqualTo(KeyStatus.ACTIVE);
    assertThat(fixture.counts(batch).tested()).isEqualTo(2);
  }

  @Test
  void a_batch_ends_although_the_secret_of_a_held_back_refusal_was_replaced() {
    UUID first = fixture.active("a", "bad");
    UUID second = fixture.active("b", "bad");
    fixture.set(new RecoverySettings(1, 30));
    var node = fixture.node("one");
    fixture.upstream.answerAtMost(1);
    var ticket =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(first, second));
    Await.until(
        "the first is refused, the second is being checked",
        () -> fixture.upstream.checks() == 2 && fixture.upstream.open() == 1);
    replace(first);
    fixture.upstream.release();
    Await.until("the batch ends", () -> fixture.state(ticket.recoveryId()) == BatchState.DONE);
    assertThat(fixture.status(first)).isEqualTo(KeyStatus.ACTIVE);
    assertThat(fixture.status(second)).isEqualTo(KeyStatus.FAILED);
  }

  @Test
  void a_batch_ends_although_a_key_was_purged_during_its_check() {
    UUID purged = fixture.active("a", "ok");
    UUID other = fixture.active("b", "ok");
    var node = fixture.node("one");
    fixture.upstream.hold();
    var ticket =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(purged, other));
    Await.until("both checks are open", () -> fixture.upstream.open() == 2);
    fixture.database.runTx(
        tx -> tx.dsl().deleteFrom(API_KEYS).where(API_KEYS.ID.eq(purged)).execute());
    fixture.upstream.release();
    Await.until("the batch ends", () -> fixture.state(ticket.recoveryId()) == BatchState.DONE);
    assertThat(fixture.counts(ticket.recoveryId()).tested()).isEqualTo(1);
  }

  /** The only key that has a result. */
  private UUID tested(UUID batch) {
    return fixture.database.read(
        dsl ->
            dsl.select(KEY_TESTS.KEY_ID)
                .from(KEY_TESTS)
                .where(KEY_TESTS.RECOVERY_ID.eq(batch))
                .and(KEY_TESTS.RESULT.isNotNull())
                .fetchSingle(KEY_TESTS.KEY_ID));
  }

  /** Requests tests of two keys, whose checks are not answered yet. */
  private BatchTicket openChecks(RecoveryFixture.Node node, UUID key, UUID other) {
    fixture.upstream.hold();
    var ticket =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(key, other));
    Await.until("both checks are open", () -> fixture.upstream.open() == 2);
    return ticket;
  }

  private void replace(UUID key) {
    replace(key, "sk-or-v1-fresh-ok");
  }

  private void replace(UUID key, String secret) {
    fixture.clock.tick(Duration.ofSeconds(1));
    new KeyImport(
            fixture.database,
            fixture.vault,
            TestAudit.unsigned(fixture.database, fixture.clock),
            new Jobs(fixture.database, "test", fixture.clock, Duration.ofMillis(50)),
            fixture.ids,
            fixture.clock)
        .replacements()
        .replace(fixture.person, fixture.pool, key, secret);
  }
}

package dev.keywheel.recovery.batch;

import static dev.keywheel.db.schema.Tables.EVENT_STREAMS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.job.Jobs;
import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.recovery.store.BatchCounts;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.BatchRepository.ClaimedBatch;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestAudit;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Groups of results whose states and results are written in two transactions. */
@Tag("full")
class GroupWriterTest {
  private static final UUID START = new UUID(0, 0);

  @AutoClose private final RecoveryFixture fixture = new RecoveryFixture();
  private final BatchRepository batches = new BatchRepository();
  private final KeyTestRepository tests = new KeyTestRepository();
  private final BatchWriter writer =
      new BatchWriter(
          fixture.database,
          fixture.keys,
          fixture.log,
          jobs(),
          fixture.clock,
          new ResultSignal(),
          new Refusals());
  private final ResultWriter results = writer.results();

  @Test
  void each_key_of_large_groups_has_one_result_and_one_line() throws Exception {
    int keys = 2 * GroupWriter.MIN_LARGE_GROUP + 1;
    var batch = claim(fixture.manyFailed(keys, "key", "ok"));
    var accepted = accepted(batch);
    var written = new ArrayList<KeyCheckResult>();
    try (var groups = new GroupWriter(results, batch, written::addAll)) {
      for (int from = 0; from < keys; from += GroupWriter.MIN_LARGE_GROUP) {
        int to = Math.min(keys, from + GroupWriter.MIN_LARGE_GROUP);
        assertThat(groups.write(accepted.subList(from, to), to < keys)).isTrue();
      }
      assertThat(groups.finish()).isTrue();
    }
    assertThat(written).containsExactlyElementsOf(accepted);
    assertThat(fixture.counts(batch.id()))
        .isEqualTo(new BatchCounts(keys, keys, keys, 0, 0, 0, 0, 0, 0, 0));
    assertThat(fixture.keys.status().counts(fixture.pool).active()).isEqualTo(keys);
    assertThat(fixture.logOf(batch.id()))
        .filteredOn(line -> line.contains("recovered:"))
        .doesNotHaveDuplicates()
        .hasSize(keys);
  }

  @Test
  void results_that_cannot_be_written_are_an_error_of_the_batch_and_their_keys_are_tested_again()
      throws Exception {
    int keys = GroupWriter.MIN_LARGE_GROUP + 1;
    var batch = claim(fixture.manyFailed(keys, "key", "ok"));
    var accepted = accepted(batch);
    var written = new ArrayList<KeyCheckResult>();
    asSuperuser("alter table events add constraint no_more check (false) not valid");
    try (var groups = new GroupWriter(results, batch, written::addAll)) {
      assertThat(groups.write(accepted.subList(0, keys - 1), true)).isTrue();
      assertThatThrownBy(groups::finish)
          .isInstanceOf(DataAccessException.class)
          .hasMessageContaining("no_more");
    }
    assertThat(written).isEmpty();
    assertThat(fixture.counts(batch.id()).tested()).isZero();
    asSuperuser("alter table events drop constraint no_more");
    fixture.batches().run(batch.id());
    assertThat(fixture.counts(batch.id()))
        .isEqualTo(new BatchCounts(keys, keys, keys, 0, 0, 0, 0, 0, 0, 0));
    assertThat(fixture.logOf(batch.id()))
        .filteredOn(line -> line.contains("recovered:"))
        .doesNotHaveDuplicates()
        .hasSize(keys);
  }

  @Test
  void the_states_of_a_small_last_group_are_written_during_the_results_of_the_one_before()
      throws Exception {
    int keys = GroupWriter.MIN_LARGE_GROUP + 1;
    var batch = claim(fixture.manyFailed(keys, "key", "ok"));
    var accepted = accepted(batch);
    var last = accepted.getLast();
    try (var groups = new GroupWriter(results, batch, written -> {})) {
      var stuck = new CountDownLatch(1);
      var locked = new CountDownLatch(1);
      var holder = Thread.startVirtualThread(() -> lockStream(batch, locked, stuck));
      locked.await();
      assertThat(groups.write(accepted.subList(0, keys - 1), true)).isTrue();
      var writer = Thread.startVirtualThread(() -> write(groups, List.of(last), false));
      Await.until(
          "its state is written", () -> fixture.status(last.key().keyId()) == KeyStatus.ACTIVE);
      assertThat(fixture.counts(batch.id()).tested()).isZero();
      stuck.countDown();
      holder.join();
      writer.join();
      assertThat(groups.finish()).isTrue();
    }
    assertThat(fixture.counts(batch.id()).tested()).isEqualTo(keys);
  }

  @Test
  void the_next_node_tests_keys_again_whose_state_was_written_without_a_result() {
    var key = fixture.failed("a", "ok");
    var batch = claim(List.of(key));
    var applied = results.writeStates(batch, accepted(batch)).orElseThrow();
    assertThat(fixture.status(key)).isEqualTo(KeyStatus.ACTIVE);
    assertThat(fixture.counts(batch.id()).tested()).isZero();
    fixture.batches().run(batch.id());
    assertThat(fixture.state(batch.id())).isEqualTo(BatchState.DONE);
    assertThat(results.writeResults(batch, applied)).as("the batch is over").isFalse();
    assertThat(fixture.upstream.checks()).isEqualTo(1);
    assertThat(fixture.counts(batch.id())).isEqualTo(new BatchCounts(1, 1, 1, 0, 0, 0, 0, 0, 0, 0));
    assertThat(fixture.logOf(batch.id())).filteredOn(l -> l.contains("recovered:")).hasSize(1);
  }

  @Test
  void a_node_whose_batch_was_taken_over_writes_neither_states_nor_results() {
    var batch = claim(List.of(fixture.failed("a", "ok"), fixture.failed("b", "ok")));
    var accepted = accepted(batch);
    var applied = results.writeStates(batch, accepted.subList(0, 1)).orElseThrow();
    fixture.database.runTx(tx -> batches.takeOver(tx, batch.id()));
    assertThat(results.writeResults(batch, applied)).isFalse();
    assertThat(results.writeStates(batch, accepted.subList(1, 2))).isEmpty();
    assertThat(fixture.counts(batch.id()).tested()).isZero();
    assertThat(fixture.status(accepted.get(1).key().keyId())).isEqualTo(KeyStatus.FAILED);
  }

  @Test
  void a_cancel_keeps_results_whose_states_are_written() {
    var batch = claim(List.of(fixture.failed("a", "ok")));
    var applied = results.writeStates(batch, accepted(batch)).orElseThrow();
    fixture.recovery(jobs()).cancel(fixture.pool.workspaceId(), batch.id(), "ada@example.org");
    assertThat(results.writeResults(batch, applied)).isFalse();
    assertThat(fixture.state(batch.id())).isEqualTo(BatchState.CANCELLED);
    assertThat(fixture.counts(batch.id())).isEqualTo(new BatchCounts(1, 1, 1, 0, 0, 0, 0, 0, 0, 0));
  }

  /**
   * The cancellation is stored after the states of the second group and before the results of the
   * first.
   */
  @Test
  void a_cancel_between_states_and_results_keeps_both_groups_and_writes_no_state_twice()
      throws Exception {
    int keys = 2 * GroupWriter.MIN_LARGE_GROUP;
    var batch = claim(fixture.manyFailed(keys, "key", "ok"));
    var accepted = accepted(batch);
    var first = accepted.subList(0, GroupWriter.MIN_LARGE_GROUP);
    var second = accepted.subList(GroupWriter.MIN_LARGE_GROUP, keys);
    var written = new ArrayList<KeyCheckResult>();
    try (var groups = new GroupWriter(results, batch, written::addAll)) {
      var cancelled = new CountDownLatch(1);
      var commit = new CountDownLatch(1);
      var canceller = Thread.startVirtualThread(() -> cancel(batch, cancelled, commit));
      cancelled.await();
      assertThat(groups.write(first, true)).isTrue();
      var writer = Thread.startVirtualThread(() -> write(groups, second, true));
      Await.until(
          "the second group's states are written",
          () -> fixture.status(second.getLast().key().keyId()) == KeyStatus.ACTIVE);
      commit.countDown();
      canceller.join();
      writer.join();
      assertThat(groups.finish()).as("the batch is still held").isFalse();
    }
    assertThat(fixture.state(batch.id())).isEqualTo(BatchState.CANCELLED);
    assertThat(written).containsExactlyElementsOf(accepted);
    assertThat(fixture.counts(batch.id()))
        .isEqualTo(new BatchCounts(keys, keys, keys, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void a_key_replaced_after_its_state_was_written_has_no_result_of_the_old_secret() {
    var key = fixture.failed("a", "ok");
    var batch = claim(List.of(key));
    var applied = results.writeStates(batch, accepted(batch)).orElseThrow();
    fixture.clock.tick(Duration.ofSeconds(1));
    var audit = TestAudit.unsigned(fixture.database, fixture.clock);
    new KeyImport(fixture.database, fixture.vault, audit, jobs(), fixture.ids, fixture.clock)
        .replacements()
        .replace(fixture.person, fixture.pool, key, "sk-or-v1-fresh-ok");
    assertThat(results.writeResults(batch, applied)).isTrue();
    assertThat(fixture.counts(batch.id()).tested()).isZero();
  }

  private void cancel(ClaimedBatch batch, CountDownLatch cancelled, CountDownLatch commit) {
    fixture.database.runTx(
        tx -> {
          batches.end(tx, batch.id(), BatchState.CANCELLED, null, fixture.clock.instant());
          cancelled.countDown();
          await(commit);
        });
  }

  private void lockStream(ClaimedBatch batch, CountDownLatch locked, CountDownLatch until) {
    fixture.database.runTx(
        tx -> {
          tx.dsl()
              .selectFrom(EVENT_STREAMS)
              .where(EVENT_STREAMS.ID.eq(batch.id()))
              .forUpdate()
              .fetch();
          locked.countDown();
          await(until);
        });
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void write(GroupWriter groups, List<KeyCheckResult> group, boolean more) {
    try {
      groups.write(group, more);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void asSuperuser(String sql) throws SQLException {
    try (var connection = DriverManager.getConnection(fixture.postgres.superuser().jdbcUrl());
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private ClaimedBatch claim(List<UUID> keys) {
    var id = fixture.requestTests(keys);
    fixture.clock.tick(Duration.ofMinutes(1));
    return fixture.database.inTx(tx -> batches.takeOver(tx, id)).orElseThrow();
  }

  /** All keys of the batch with a successful check. */
  private List<KeyCheckResult> accepted(ClaimedBatch batch) {
    var nothing =
        new KeyInfo(null, null, null, null, null, null, null, false, false, null, null, null);
    var outcome = new CheckOutcome.Accepted(nothing, fixture.evidence(), 12);
    List<KeyToTest> waiting =
        fixture.database.read(dsl -> tests.waiting(dsl, batch.id(), START, Integer.MAX_VALUE));
    return waiting.stream().map(key -> new KeyCheckResult(key, outcome)).toList();
  }

  private Jobs jobs() {
    return new Jobs(fixture.database, "by-hand", InstantSource.system(), Duration.ofMillis(50));
  }
}

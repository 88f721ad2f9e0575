package dev.keywheel.recovery;

import static dev.keywheel.db.schema.Tables.KEY_TESTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.StreamKind;
import dev.keywheel.recovery.batch.BatchWriter;
import dev.keywheel.recovery.batch.RecoveryFixture;
import dev.keywheel.recovery.store.BatchCounts;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.BatchSelection;
import dev.keywheel.recovery.store.BatchSelectionRepository;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.recovery.store.RecoveryHistory;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A batch that contains only the first of the keys that it has to test. */
class SelectedKeysTest {
  private static final int KEYS = 12;
  private static final int PART = 5;

  @AutoClose private final RecoveryFixture fixture = new RecoveryFixture();
  private final BatchSelectionRepository selections = new BatchSelectionRepository(PART);

  @Test
  void the_keys_of_a_large_batch_are_added_in_parts() {
    var batch = startBatch();
    assertThat(keysIn(batch)).isEqualTo(PART);
    assertThat(fixture.counts(batch).total()).as("the size of the whole selection").isEqualTo(KEYS);
    addNext(batch);
    assertThat(keysIn(batch)).isEqualTo(2 * PART);
    assertThat(fixture.counts(batch).total()).isEqualTo(KEYS);
    addNext(batch);
    assertThat(keysIn(batch)).isEqualTo(KEYS);
    assertThat(hasMore(batch)).isFalse();
  }

  @Test
  void all_selected_keys_are_tested_before_the_batch_ends() {
    var batch = startBatch();
    fixture.batches().run(batch);
    assertThat(fixture.state(batch)).isEqualTo(BatchState.DONE);
    assertThat(fixture.counts(batch))
        .isEqualTo(new BatchCounts(KEYS, KEYS, KEYS, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void keys_that_a_cancelled_batch_never_contained_count_as_not_tested() {
    var batch = startBatch();
    var jobs = new Jobs(fixture.database, "by-hand", InstantSource.system(), Duration.ofMillis(50));
    fixture.recovery(jobs).cancel(fixture.pool.workspaceId(), batch, "ada@example.org");
    assertThat(fixture.counts(batch))
        .isEqualTo(new BatchCounts(KEYS, 0, 0, 0, 0, 0, 0, KEYS, 0, 0));
    assertThat(hasMore(batch)).isFalse();
  }

  @Test
  void the_retry_of_an_inconclusive_batch_also_tests_the_keys_that_the_batch_never_contained() {
    var batch = runInconclusiveBatch();
    var counts = new BatchCounts(KEYS, PART, 0, 0, 0, 0, PART, KEYS - PART, 0, 0);
    assertThat(fixture.counts(batch)).isEqualTo(counts);
    var retry = retry(batch);
    assertThat(keysIn(retry)).isEqualTo(PART);
    assertThat(fixture.counts(retry).total()).isEqualTo(KEYS);
    assertThat(fixture.logOf(retry))
        .last()
        .isEqualTo("➕ 7 keys added at the request of scheduled check");
    assertThat(fixture.counts(batch)).as("of the ended batch").isEqualTo(counts);
    while (hasMore(retry)) {
      addNext(retry);
    }
    assertThat(keysIn(retry)).isEqualTo(KEYS);
  }

  @Test
  void a_retry_that_joins_a_running_batch_counts_no_key_twice() {
    var batch = runInconclusiveBatch();
    var running = begin();
    assertThat(retry(batch)).isEqualTo(running);
    while (hasMore(running)) {
      assertThat(fixture.counts(running).total()).isEqualTo(KEYS);
      addNext(running);
    }
    assertThat(keysIn(running)).isEqualTo(KEYS);
    assertThat(fixture.logOf(running)).isEmpty();
  }

  @Test
  void a_retry_tests_the_keys_that_the_batch_never_contained_even_if_no_other_key_is_left() {
    var batch = runInconclusiveBatch();
    fixture
        .database
        .read(dsl -> new KeyTestRepository().untested(dsl, batch))
        .forEach(fixture::disable);
    var retry = retry(batch);
    assertThat(fixture.counts(retry).total()).isEqualTo(KEYS - PART);
    fixture.batches().run(retry);
    assertThat(fixture.state(retry)).isEqualTo(BatchState.INCONCLUSIVE);
    assertThat(keysIn(retry)).isEqualTo(KEYS - PART);
  }

  @Test
  void a_retry_starts_no_batch_if_no_key_is_left_or_the_workspace_is_archived() {
    var batch = runInconclusiveBatch();
    fixture.postgres.asOwner("update workspaces set archived_at = now()");
    runRetry(batch);
    fixture.postgres.asOwner("update workspaces set archived_at = null");
    fixture.postgres.asOwner("update api_keys set enabled = false, status = 'disabled'");
    runRetry(batch);
    assertThat(fixture.recoveries()).isEqualTo(1);
  }

  /** A batch that ended after its first keys. */
  private UUID runInconclusiveBatch() {
    fixture.set(new RecoverySettings(1, 30)); // so that no further keys are added before the end
    var batch = startBatch("html");
    fixture.batches().run(batch);
    assertThat(fixture.state(batch)).isEqualTo(BatchState.INCONCLUSIVE);
    fixture.clock.tick(Duration.ofMinutes(2));
    return batch;
  }

  private void runRetry(UUID batch) {
    var jobs = new Jobs(fixture.database, "by-hand", InstantSource.system(), Duration.ofMillis(50));
    fixture.recovery(jobs).jobs().stream()
        .filter(job -> job.name().equals(BatchWriter.RETRY_JOB))
        .forEach(job -> ((JobDefinition.OneTime) job).job().run(batch.toString()));
  }

  private UUID retry(UUID batch) {
    runRetry(batch);
    return new RecoveryHistory(fixture.database)
        .running(fixture.pool.workspaceId())
        .getFirst()
        .id();
  }

  @Test
  void a_second_request_counts_no_key_of_the_running_batch_again() {
    var batch = startBatch();
    var jobs = new Jobs(fixture.database, "by-hand", InstantSource.system(), Duration.ofMillis(50));
    var recovery = fixture.recovery(jobs);
    assertThat(recovery.requestTestsOfUnusable(fixture.person).getFirst().joined()).isTrue();
    assertThat(fixture.counts(batch).total()).isEqualTo(KEYS);
    for (int i = 1; i <= 4; i++) {
      fixture.active("active" + i, "ok");
    }
    recovery.requestTestsOfAll(fixture.person);
    assertThat(fixture.counts(batch).total()).as("with the active keys").isEqualTo(KEYS + 4);
    addNext(batch);
    assertThat(fixture.counts(batch).total()).isEqualTo(KEYS + 4);
    recovery.cancel(fixture.pool.workspaceId(), batch, "ada@example.org");
    assertThat(fixture.counts(batch))
        .isEqualTo(new BatchCounts(KEYS + 4, 0, 0, 0, 0, 0, 0, KEYS + 4, 0, 0));
  }

  @Test
  void a_user_who_joins_a_scheduled_check_is_named_in_its_history() {
    var jobs = new Jobs(fixture.database, "by-hand", InstantSource.system(), Duration.ofMillis(50));
    var recovery = fixture.recovery(jobs);
    var history = new RecoveryHistory(fixture.database);
    var keys = List.of(fixture.limited("limited", "ok"));
    for (Runnable request :
        List.<Runnable>of(
            () -> recovery.requestTestsOfUnusable(fixture.person),
            () -> recovery.requestTests(fixture.pool, Trigger.USER, fixture.person, null, keys))) {
      recovery.requestTests(fixture.pool, Trigger.DUE_CHECK, null, null, keys);
      var running = history.running(fixture.pool.workspaceId()).getFirst();
      assertThat(running.askedBy()).isNull();
      request.run();
      var joined = history.get(fixture.pool.workspaceId(), running.id());
      assertThat(joined.trigger()).isEqualTo(Trigger.DUE_CHECK);
      assertThat(joined.askedBy()).isEqualTo("ada@example.org");
      recovery.cancel(fixture.pool.workspaceId(), running.id(), "ada@example.org");
    }
  }

  @Test
  void a_batch_also_tests_the_keys_of_a_later_request() {
    var batch = startBatch();
    fixture.active("active", "ok");
    var jobs = new Jobs(fixture.database, "by-hand", InstantSource.system(), Duration.ofMillis(50));
    fixture.recovery(jobs).requestTestsOfAll(fixture.person);
    fixture.batches().run(batch);
    assertThat(fixture.counts(batch))
        .isEqualTo(new BatchCounts(KEYS + 1, KEYS + 1, KEYS, 1, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void assignments_do_not_wait_while_the_keys_of_a_batch_are_counted() throws Exception {
    fixture.manyFailed(KEYS, "key", "ok");
    var jobs = new Jobs(fixture.database, "by-hand", InstantSource.system(), Duration.ofMillis(50));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<List<BatchTicket>> tickets =
          fixture.database.inTx(
              tx -> {
                tx.dsl().execute("lock table api_keys in access exclusive mode");
                var request =
                    threads.submit(() -> fixture.recovery(jobs).requestTestsOfAll(fixture.person));
                Await.until("the keys are counted", () -> TestDatabase.anotherWaitsForLock(tx));
                assertThat(tx.dsl().fetch("select from pools for update nowait")).isNotEmpty();
                return request;
              });
      assertThat(tickets.get()).extracting(BatchTicket::size).containsExactly(KEYS);
    }
  }

  @Test
  void the_keys_of_every_pool_are_counted_before_the_first_pool_is_locked() throws Exception {
    fixture.manyFailed(KEYS, "key", "ok");
    var first = fixture.pool;
    fixture.pool = new PoolId(first.workspaceId(), "sandbox");
    var others = fixture.manyFailed(3, "other", "ok");
    var jobs = new Jobs(fixture.database, "by-hand", InstantSource.system(), Duration.ofMillis(50));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<List<BatchTicket>> tickets =
          fixture.database.inTx(
              tx -> {
                fixture.keys.rotation().lock(tx, first);
                var request =
                    threads.submit(() -> fixture.recovery(jobs).requestTestsOfAll(fixture.person));
                Await.until("the keys are counted", () -> TestDatabase.anotherWaitsForLock(tx));
                var late = threads.submit(() -> fixture.disable(others.getFirst()));
                Await.until("another key is disabled", late::isDone);
                return request;
              });
      assertThat(tickets.get()).extracting(BatchTicket::size).containsExactly(KEYS, 3);
    }
  }

  private UUID startBatch() {
    return startBatch("ok");
  }

  private UUID startBatch(String behaviour) {
    fixture.manyFailed(KEYS, "key", behaviour);
    return begin();
  }

  /** Starts a batch of all keys, which contains the first of them. */
  private UUID begin() {
    var now = fixture.clock.instant();
    var selection = new BatchSelection(KeyFilter.ALL, true, now);
    var id = fixture.ids.next();
    fixture.database.runTx(
        tx -> {
          fixture.keys.rotation().lock(tx, fixture.pool);
          new BatchRepository()
              .insert(tx, id, fixture.pool, Trigger.USER, fixture.person, null, now);
          fixture.log.open(tx, id, fixture.pool.workspaceId(), StreamKind.RECOVERY);
          selections.add(tx, id, fixture.pool, selection, KEYS, now);
        });
    return id;
  }

  private void addNext(UUID batch) {
    fixture.database.runTx(
        tx -> selections.addNext(tx, batch, fixture.pool, fixture.clock.instant()));
  }

  private boolean hasMore(UUID batch) {
    return fixture.database.read(dsl -> selections.any(dsl, batch));
  }

  private int keysIn(UUID batch) {
    return fixture.database.read(dsl -> dsl.fetchCount(KEY_TESTS, KEY_TESTS.RECOVERY_ID.eq(batch)));
  }
}

package dev.keywheel.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.job.Jobs;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.log.StreamKind;
import dev.keywheel.problem.NotFound;
import dev.keywheel.recovery.batch.RecoveryFixture;
import dev.keywheel.recovery.store.BatchCounts;
import dev.keywheel.recovery.store.BatchRepository;
import dev.keywheel.recovery.store.BatchState;
import dev.keywheel.recovery.store.KeyTestRepository;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.recovery.store.ResultRows;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class RecoveryTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @AutoClose private final RecoveryFixture fixture = new RecoveryFixture();

  @Test
  void a_pool_with_few_active_keys_tests_23_keys_concurrently_and_recovers_12() {
    var run = aRun();
    fixture.active("a1@example.org", "ok");
    fixture.active("a2@example.org", "ok");
    var wanted = new ArrayList<UUID>();
    var recovering = new ArrayList<String>();
    for (int i = 1; i <= 15; i++) {
      wanted.add(fixture.limited("limited" + i + "@example.org", i <= 8 ? "ok" : "spent"));
      if (i <= 8) {
        recovering.add("limited" + i + "@example.org");
      }
    }
    for (int i = 1; i <= 8; i++) {
      wanted.add(fixture.failed("failed" + i + "@example.org", i <= 4 ? "ok" : "bad"));
      if (i <= 4) {
        recovering.add("failed" + i + "@example.org");
      }
    }
    fixture.upstream.answerWhenOpen(23);
    var node = fixture.node("one");

    var batchTicket =
        node.recovery().requestTests(fixture.pool, Trigger.LOW_POOL, null, run, wanted);
    var batchResult = node.recovery().await(batchTicket, LONG);

    assertThat(batchResult.finished()).isTrue();
    assertThat(BatchCounts.of(batchResult.keys()))
        .isEqualTo(new BatchCounts(23, 23, 12, 0, 7, 4, 0, 0, 0, 0));
    assertThat(fixture.upstream.high()).isEqualTo(23);
    assertThat(fixture.upstream.checks()).isEqualTo(23);
    assertThat(fixture.upstream.others()).as("requests other than key checks").isZero();
    assertThat(fixture.keys.status().counts(fixture.pool).active()).isEqualTo(14);
    var log = fixture.logOf(run);
    assertThat(log.subList(0, 3))
        .containsExactly(
            "🔄 Testing rate-limited and failed keys in BATCH PARALLEL to increase active pool...",
            "🧪 BATCH TESTING: 23 keys (15 rate_limited + 8 failed)",
            "⚡ Starting parallel testing of 23 keys...");
    assertThat(log.subList(3, 15))
        .containsExactlyInAnyOrderElementsOf(
            recovering.stream().map(n -> "✅ Key recovered: " + n + " - now ACTIVE").toList());
    assertThat(log.subList(15, log.size()))
        .containsExactly(
            "🔄 BATCH TESTING COMPLETED: 12 recovered, 7 still rate_limited, 4 still failed");
    var id = Objects.requireNonNull(batchTicket.recoveryId());
    Await.until("the batch is over", () -> fixture.state(id) == BatchState.DONE);
    assertThat(fixture.logOf(id))
        .contains(log.get(0), log.get(1), log.get(2), log.get(15))
        .hasSize(3 + 23 + 1);
  }

  @Test
  void two_hundred_concurrent_requests_share_one_batch() throws Exception {
    var wanted = fixture.manyLimited(5, "key", "ok");
    fixture.upstream.hold();
    var node = fixture.node("one");
    var other = fixture.node("two");

    var tickets =
        atOnce(
            200,
            i ->
                (i % 2 == 0 ? node : other)
                    .recovery()
                    .requestTests(fixture.pool, Trigger.USER, fixture.person, null, wanted));
    assertThat(tickets.stream().map(BatchTicket::recoveryId).distinct()).hasSize(1);
    assertThat(tickets.stream().filter(t -> !t.joined())).hasSize(1);
    fixture.upstream.release();
    for (var batchTicket : tickets.subList(0, 10)) {
      assertThat(BatchCounts.of(node.recovery().await(batchTicket, LONG).keys()).recovered())
          .isEqualTo(5);
    }
    assertThat(fixture.upstream.checks()).isEqualTo(5);
    assertThat(fixture.recoveries()).isEqualTo(1);
  }

  @Test
  void a_caller_that_joins_a_batch_adds_keys_and_waits_only_for_its_own() {
    var slow = fixture.limited("slow", "hang");
    var quick = fixture.limited("quick", "ok");
    var node = fixture.node("one");
    var first =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(slow));
    Await.until("the slow key is being checked", () -> fixture.upstream.open() == 1);

    var second =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(quick, slow));
    var third =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(quick));

    assertThat(second.joined()).isTrue();
    assertThat(third.recoveryId()).isEqualTo(first.recoveryId());
    assertThat(BatchCounts.of(node.recovery().await(third, LONG).keys()).recovered()).isEqualTo(1);
    assertThat(node.recovery().await(second, Duration.ZERO).finished()).isFalse();
    assertThat(fixture.upstream.requestsOf("sk-or-v1-slow-hang")).isEqualTo(1);
    assertThat(fixture.logOf(Objects.requireNonNull(first.recoveryId())))
        .contains("➕ 1 key added at the request of ada@example.org");
  }

  @Test
  void a_user_gets_a_new_result_of_a_key_that_the_running_batch_has_already_tested() {
    var wanted = fixture.manyLimited(2, "key", "ok");
    fixture.set(new RecoverySettings(1, 30));
    fixture.upstream.answerAtMost(1);
    var recovery = fixture.node("one").recovery();
    var batch = fixture.requestTests(wanted);
    Await.until("one key is tested", () -> fixture.counts(batch).tested() == 1);

    recovery.requestTests(fixture.pool, Trigger.LOW_POOL, null, null, wanted);
    assertThat(fixture.counts(batch).tested()).isEqualTo(1);
    var again = recovery.requestTests(fixture.pool, Trigger.USER, fixture.person, null, wanted);
    assertThat(again.recoveryId()).isEqualTo(batch);
    assertThat(fixture.counts(batch).tested()).isZero();

    fixture.upstream.release();
    assertThat(BatchCounts.of(recovery.await(again, LONG).keys()).recovered()).isEqualTo(2);
    assertThat(fixture.upstream.checks()).isEqualTo(3);
  }

  @Test
  void a_result_is_read_although_another_was_dropped_since_the_last_poll() {
    var first = fixture.active("first", "ok");
    var second = fixture.active("second", "ok");
    var jobs = new Jobs(fixture.database, "by-hand", InstantSource.system(), LONG);
    var recovery = fixture.recovery(jobs);
    var batch = fixture.requestTests(List.of(first));
    var ticket =
        recovery.requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(second));
    writeResult(batch, first);
    assertThat(recovery.await(ticket, Duration.ZERO).finished()).isFalse();

    recovery.requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(first));
    writeResult(batch, second);
    assertThat(recovery.await(ticket, Duration.ZERO).finished()).isTrue();
  }

  private void writeResult(UUID batch, UUID key) {
    var now = fixture.clock.instant();
    var result =
        new KeyTestResult(key, "", KeyStatus.ACTIVE, TestOutcome.ACTIVE, null, null, null, 12, now);
    fixture.database.runTx(tx -> ResultRows.write(tx, batch, List.of(result), now));
  }

  @Test
  void a_cancelled_batch_keeps_its_results_and_the_next_batch_can_begin() {
    var quick = fixture.limited("quick", "ok");
    var slow = fixture.limited("slow", "hang");
    var node = fixture.node("one");
    var batchTicket =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(quick, slow));
    Await.until("one key has recovered", () -> fixture.status(quick) == KeyStatus.ACTIVE);

    var id = Objects.requireNonNull(batchTicket.recoveryId());
    assertThat(node.recovery().cancel(fixture.pool.workspaceId(), id, "ada@example.org")).isTrue();
    assertThat(node.recovery().cancel(fixture.pool.workspaceId(), id, "ada@example.org")).isFalse();

    var batchResult = node.recovery().await(batchTicket, LONG);
    assertThat(BatchCounts.of(batchResult.keys()))
        .isEqualTo(new BatchCounts(2, 1, 1, 0, 0, 0, 0, 1, 0, 0));
    assertThat(fixture.state(id)).isEqualTo(BatchState.CANCELLED);
    assertThat(fixture.status(slow)).isEqualTo(KeyStatus.RATE_LIMITED);
    Await.until("its check is aborted", () -> fixture.upstream.open() == 0);
    assertThat(fixture.logOf(id))
        .last()
        .isEqualTo(
            "⏹ BATCH TESTING CANCELLED by ada@example.org: 1 recovered, 0 still rate_limited, 0"
                + " still failed, 1 not tested");
    var next =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(slow));
    assertThat(next.joined()).isFalse();
    assertThatThrownBy(() -> node.recovery().cancel(fixture.ids.next(), id, "eve@example.org"))
        .isInstanceOf(NotFound.class);
  }

  @Test
  void an_answer_received_before_the_cancellation_but_not_yet_written_is_kept() {
    var wanted = fixture.manyLimited(3, "key", "ok");
    fixture.upstream.hold();
    var node = fixture.node("one");
    var batchTicket =
        node.recovery().requestTests(fixture.pool, Trigger.USER, fixture.person, null, wanted);
    var id = Objects.requireNonNull(batchTicket.recoveryId());
    Await.until("all are being checked", () -> fixture.upstream.open() == 3);
    fixture.database.runTx(
        tx -> {
          fixture.keys.rotation().lock(tx, fixture.pool); // the writer has to wait
          fixture.upstream.release();
          Await.until("the writer waits", () -> TestDatabase.anotherWaitsForLock(tx));
          var now = fixture.clock.instant();
          new BatchRepository().end(tx, id, BatchState.CANCELLED, "Cancelled by the test", now);
          new KeyTestRepository().fillWaiting(tx, id, TestOutcome.CANCELLED, null, now);
        });
    Await.until("all have recovered", () -> fixture.counts(id).recovered() == 3);
    assertThat(fixture.state(id)).isEqualTo(BatchState.CANCELLED);
    assertThat(fixture.keys.status().counts(fixture.pool).active()).isEqualTo(3);
  }

  @Test
  void a_node_whose_batch_was_taken_over_writes_nothing_more() throws Exception {
    var wanted = fixture.manyLimited(20, "key", "ok");
    var asking =
        fixture.recovery(new Jobs(fixture.database, "asking", InstantSource.system(), LONG));
    var batchTicket = asking.requestTests(fixture.pool, Trigger.USER, fixture.person, null, wanted);
    var id = Objects.requireNonNull(batchTicket.recoveryId());
    fixture.upstream.hold();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var frozen = threads.submit(() -> fixture.batches().run(id));
      Await.until("the first node checks 20", () -> fixture.upstream.open() == 20);
      var second = threads.submit(() -> fixture.batches().run(id));
      Await.until("the second node checks 20", () -> fixture.upstream.open() == 40);
      fixture.upstream.release();
      frozen.get();
      second.get();
    }
    assertThat(fixture.state(id)).isEqualTo(BatchState.DONE);
    assertThat(fixture.counts(id).recovered()).isEqualTo(20);
    assertThat(fixture.logOf(id)).as("each key one line").hasSize(3 + 20 + 1);
  }

  @Test
  void results_of_a_dead_node_are_kept_and_another_node_tests_the_other_keys() throws Exception {
    var quick = fixture.manyLimited(10, "quick", "ok");
    var held = fixture.manyLimited(10, "held", "hang");
    var asking =
        fixture.recovery(new Jobs(fixture.database, "asking", InstantSource.system(), LONG));
    var batchTicket =
        asking.requestTests(
            fixture.pool,
            Trigger.USER,
            fixture.person,
            null,
            Stream.concat(quick.stream(), held.stream()).toList());
    var id = Objects.requireNonNull(batchTicket.recoveryId());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var dying = threads.submit(() -> fixture.batches().run(id));
      Await.until("ten have recovered", () -> fixture.counts(id).recovered() == 10);
      dying.cancel(true);
      var other = threads.submit(() -> fixture.batches().run(id));
      Await.until("the others are checked again", () -> fixture.upstream.checks() == 30);
      asking.cancel(fixture.pool.workspaceId(), id, "test");
      other.get();
    }
    assertThat(quick)
        .allSatisfy(key -> assertThat(fixture.status(key)).isEqualTo(KeyStatus.ACTIVE));
    assertThat(
            IntStream.rangeClosed(1, 10)
                .map(i -> fixture.upstream.requestsOf("sk-or-v1-quick" + i + "-ok")))
        .as("checked once")
        .containsOnly(1);
  }

  @Test
  void no_more_checks_are_open_than_the_settings_allow() {
    fixture.set(new RecoverySettings(5, 10));
    var wanted = fixture.manyLimited(23, "key", "ok");
    fixture.upstream.answerWhenOpen(5);
    var node = fixture.node("one");
    var batchTicket =
        node.recovery().requestTests(fixture.pool, Trigger.USER, fixture.person, null, wanted);
    assertThat(BatchCounts.of(node.recovery().await(batchTicket, LONG).keys()).recovered())
        .isEqualTo(23);
    assertThat(fixture.upstream.high()).isEqualTo(5);
  }

  @Test
  void a_run_that_stops_waiting_for_tests_logs_this_once() {
    var run = aRun();
    var wanted = List.of(fixture.limited("slow", "hang"));
    var node = fixture.node("one");
    var batchTicket =
        node.recovery().requestTests(fixture.pool, Trigger.LOW_POOL, null, run, wanted);
    var batchResult = node.recovery().await(batchTicket, Duration.ofMillis(300));
    node.recovery().await(batchTicket, Duration.ZERO);
    assertThat(batchResult.finished()).isFalse();
    assertThat(fixture.logOf(run))
        .hasSize(4)
        .last()
        .asString()
        .startsWith("⌛ 1 of 1 keys had no answer after 0 s, continuing without them");
  }

  @Test
  void a_key_disabled_while_it_is_tested_stays_disabled() {
    var key = fixture.limited("key", "ok");
    fixture.upstream.hold();
    var node = fixture.node("one");
    var batchTicket =
        node.recovery()
            .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(key));
    Await.until("it is being checked", () -> fixture.upstream.open() == 1);
    fixture.disable(key);
    fixture.upstream.release();
    assertThat(BatchCounts.of(node.recovery().await(batchTicket, LONG).keys()).cancelled())
        .isEqualTo(1);
    assertThat(fixture.status(key)).isEqualTo(KeyStatus.DISABLED);
    assertThat(
            node.recovery()
                .requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(key))
                .isEmpty())
        .isTrue();
  }

  @Test
  void one_key_is_confirmed_while_a_batch_runs() {
    var slow = fixture.limited("slow", "hang");
    var suspect = fixture.active("suspect", "bad");
    var node = fixture.node("one");
    node.recovery().requestTests(fixture.pool, Trigger.USER, fixture.person, null, List.of(slow));
    var result =
        node.recovery()
            .confirm(
                fixture.pool,
                suspect,
                Trigger.REFUSED_KEY,
                Actor.run(fixture.ids.next()),
                _ -> true);

    assertThat(result.outcome()).isEqualTo(TestOutcome.FAILED);
    assertThat(fixture.status(suspect)).isEqualTo(KeyStatus.FAILED);
    assertThat(fixture.upstream.requestsOf("sk-or-v1-suspect-bad")).isEqualTo(2);
  }

  @Test
  void a_batch_of_many_pages_tests_each_key_once_and_within_the_configured_concurrency() {
    int keys = 2_300; // three pages
    fixture.manyFailed(keys / 2, "good", "ok");
    fixture.manyFailed(keys / 2, "refused", "bad");
    fixture.set(new RecoverySettings(100, 10));
    var recovery = fixture.node("one").recovery();
    var batchTicket = recovery.requestTestsOfUnusable(fixture.person).getFirst();
    var id = Objects.requireNonNull(batchTicket.recoveryId());
    assertThat(batchTicket.size()).isEqualTo(keys);
    assertThat(recovery.await(batchTicket, LONG).finished()).isTrue();
    assertThat(fixture.state(id))
        .as("the batch has ended when the wait returns")
        .isEqualTo(BatchState.DONE);
    assertThat(fixture.counts(id))
        .isEqualTo(new BatchCounts(keys, keys, keys / 2, 0, 0, keys / 2, 0, 0, 0, 0))
        .isEqualTo(recounted(id));
    assertThat(fixture.upstream.high()).isLessThanOrEqualTo(100);
    assertThat(fixture.keys.status().counts(fixture.pool).active()).isEqualTo(keys / 2);
  }

  private BatchCounts recounted(UUID id) {
    fixture.database.runTx(tx -> ResultRows.recount(tx, id));
    return fixture.counts(id);
  }

  @Test
  void a_thousand_keys_are_written_in_few_statements() {
    var wanted = fixture.manyFailed(1_000, "key", "ok");
    // The time limit of a check includes the time in which other connections are opened.
    fixture.set(new RecoverySettings(1_000, RecoverySettings.LONGEST_DEADLINE));
    fixture.upstream.answerWhenOpen(1_000);
    var node = fixture.node("one");
    fixture.statements.forget();
    var batchTicket =
        node.recovery().requestTests(fixture.pool, Trigger.USER, fixture.person, null, wanted);
    assertThat(BatchCounts.of(node.recovery().await(batchTicket, LONG).keys()).recovered())
        .isEqualTo(1_000);
    var id = Objects.requireNonNull(batchTicket.recoveryId());
    Await.until("the batch is over", () -> fixture.state(id) == BatchState.DONE);
    int groups =
        fixture.database.read(
            dsl ->
                Objects.requireNonNull(
                    dsl.fetchSingle("select count(distinct xmin::text) from key_tests")
                        .get(0, Integer.class)));
    assertThat(groups).isLessThanOrEqualTo(20);
    assertThat(
            fixture.statements.writing(
                "recoveries", "key_tests", "api_keys", "key_changes", "pools", "events"))
        .as("6 per group, 5 at the start, 4 at the end")
        .hasSizeLessThanOrEqualTo(6 * groups + 5 + 4);
    assertThat(fixture.upstream.high()).isEqualTo(1_000);
  }

  private UUID aRun() {
    var run = fixture.ids.next();
    fixture.database.runTx(
        tx -> fixture.log.open(tx, run, fixture.pool.workspaceId(), StreamKind.RUN));
    return run;
  }

  private interface Numbered<T> {
    T of(int i);
  }

  private static <T> List<T> atOnce(int n, Numbered<T> work) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var all = IntStream.range(0, n).<Callable<T>>mapToObj(i -> () -> work.of(i)).toList();
      var results = new ArrayList<T>();
      for (Future<T> future : threads.invokeAll(all)) {
        results.add(future.get());
      }
      return results;
    }
  }
}

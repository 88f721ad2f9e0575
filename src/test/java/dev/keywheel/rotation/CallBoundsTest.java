package dev.keywheel.rotation;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Database;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.AttemptRepository;
import dev.keywheel.run.RunFence;
import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.UnsteadyDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The limits for the calls of an operation, and that failures and calls are counted once. */
class CallBoundsTest extends CallsThroughPool {
  @Test
  void an_operation_makes_at_most_a_hundred_calls() {
    t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    storeEarlierCalls(run, CallContext.MAX_CALLS - 1);
    var context = context(run, plan, 1);

    assertThat(answeredBy(call(context))).isEqualTo("key1");
    assertThat(call(context)).isEqualTo(new CallResult.OutOfCalls(CallContext.MAX_CALLS));
    assertThat(call(context(run, plan, 1))).isEqualTo(new CallResult.OutOfCalls(100));
    assertThat(answeredBy(call(context(run, plan, 2)))).isEqualTo("key2");
    assertThat(t.upstream.received()).hasSize(2);
  }

  @Test
  void calls_of_one_operation_keep_a_minimum_interval() {
    t.pool.add(9);
    var waited = new ArrayList<Duration>();
    var calls = t.calls(t.pool.database, waited::add);
    var run = t.run();
    var context = context(run, t.plan(run), 1);

    calls.call(context, spec(AttemptCause.FIRST, FREE, 100));
    assertThat(waited).isEmpty();
    t.pool.clock.tick(Duration.ofMillis(50));
    calls.call(context, spec(AttemptCause.RETRY, FREE, 100));
    assertThat(waited).containsExactly(CallExecutor.BETWEEN_CALLS.minusMillis(50));
    t.pool.clock.tick(CallExecutor.BETWEEN_CALLS);
    calls.call(context, spec(AttemptCause.RETRY, FREE, 100));
    assertThat(waited).hasSize(1);
  }

  @Test
  void a_clock_that_is_set_back_does_not_lengthen_the_interval() {
    t.pool.add(9);
    var waited = new ArrayList<Duration>();
    var calls = t.calls(t.pool.database, waited::add);
    var run = t.run();
    var context = context(run, t.plan(run), 1);
    calls.call(context, spec(AttemptCause.FIRST, FREE, 100));

    t.pool.clock.tick(Duration.ofHours(-1));
    calls.call(context, spec(AttemptCause.RETRY, FREE, 100));

    assertThat(waited).containsExactly(CallExecutor.BETWEEN_CALLS);
  }

  @Test
  void a_call_that_is_aborted_when_it_gets_its_permit_returns_the_permit() throws Exception {
    var inFlightCalls = new InFlightCalls();
    var limiter = new KeyConcurrencyLimiter(Duration.ofMinutes(1));
    var run = t.pool.ids.next();
    var key = t.pool.ids.next();
    assertThat(limiter.acquire(key, ModelClass.FREE)).isTrue();
    try (var slot = inFlightCalls.open(run)) {
      var permitted = new AtomicReference<Optional<Boolean>>();
      var waiting =
          Thread.ofPlatform()
              .start(() -> permitted.set(limiter.acquire(slot, key, ModelClass.FREE)));
      Await.until("the call waits", () -> waiting.getState() == Thread.State.TIMED_WAITING);
      synchronized (inFlightCalls) {
        limiter.release(key, ModelClass.FREE);
        Await.until("the call has its permit", () -> waiting.getState() == Thread.State.BLOCKED);
        inFlightCalls.abort(run);
      }
      waiting.join();
      assertThat(permitted.get()).isEmpty();
    }
    assertThat(limiter.keysInUse()).isZero();
  }

  @Test
  void a_model_too_expensive_for_the_only_key_is_returned_to_the_operation() {
    t.pool.add(1);
    t.upstream.calls("key1", ScriptedUpstream.afford(300));
    var run = t.run();
    var context = context(run, t.plan(run), 1);

    assertThat(kind(t.calls.call(context, spec(AttemptCause.FIRST, PAID, 1_000))))
        .isEqualTo("too_dear");
    t.upstream.calls("key1", ScriptedUpstream.ok());
    assertThat(answeredBy(t.calls.call(context, spec(AttemptCause.MODEL_CHANGE, FREE, 1_000))))
        .as("the next model is called with the same key")
        .isEqualTo("key1");
  }

  @Test
  void a_key_whose_row_cannot_be_decrypted_is_replaced() {
    t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    t.pool.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.CIPHERTEXT, new byte[64])
                .where(API_KEYS.NAME.eq("key1"))
                .execute());

    assertThat(answeredBy(call(context(run, plan, 1)))).isEqualTo("key8");
    assertThat(t.attempts(run))
        .containsExactly("1.1 first key1 cancelled not_sent", "1.2 replacement key8 ok answer");
    assertThat(callLines(run))
        .contains("⏭️ Key key1 is left out of this run: its secret cannot be decrypted");
    assertThat(key("key1").status()).isEqualTo(KeyStatus.ACTIVE);
  }

  @Test
  void a_replacement_waits_until_the_free_model_call_of_its_key_has_ended() throws Exception {
    var keys = t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    var release = new CountDownLatch(1);
    t.limit(keys.get(0), LimitClass.ALL);
    t.limit(keys.get(1), LimitClass.ALL);
    for (int i = 3; i <= 7; i++) {
      t.limit(keys.get(i - 1), LimitClass.ALL);
    }
    t.limit(keys.get(8), LimitClass.ALL);
    t.upstream.calls("key8", ScriptedUpstream.ok().after(release), ScriptedUpstream.ok());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> first = threads.submit(() -> call(context(run, plan, 1)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      Future<CallResult> second = threads.submit(() -> call(context(run, plan, 2)));
      Await.until(
          "the second has its replacement", () -> t.lines(run, "key.replacement").size() == 2);
      assertThat(t.attempts(run)).containsExactly("1.1 replacement key8 sent null");
      release.countDown();
      assertThat(answeredBy(first.get())).isEqualTo("key8");
      assertThat(answeredBy(second.get())).isEqualTo("key8");
    }
  }

  @Test
  void a_key_that_was_given_up_is_used_again_only_after_the_free_model_call_of_another_operation()
      throws Exception {
    t.pool.add(1);
    var run = t.run();
    var plan = t.plan(run);
    var context = context(run, plan, 1);
    call(context);
    var release = new CountDownLatch(1);
    t.upstream.calls("key1", ScriptedUpstream.ok().after(release), ScriptedUpstream.ok());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> other = threads.submit(() -> call(context(run, plan, 2)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 2);
      var again = new FutureTask<>(() -> t.calls.call(context, withOtherKey()));
      var waiting = Thread.ofPlatform().start(again);
      Await.until(
          "the call waits for the key or was sent",
          () ->
              waiting.getState() == Thread.State.TIMED_WAITING
                  || t.upstream.received().size() == 3);
      assertThat(t.attempts(run))
          .containsExactly("1.1 first key1 ok answer", "2.1 first key1 sent null");
      release.countDown();
      assertThat(answeredBy(other.get())).isEqualTo("key1");
      assertThat(answeredBy(again.get())).isEqualTo("key1");
    }
    assertThat(t.attempts(run)).contains("1.2 retry key1 ok answer");
  }

  private static CallSpec withOtherKey() {
    var spec = spec(AttemptCause.RETRY, FREE, 100);
    return new CallSpec(
        spec.cause(), FREE, 100, spec.leastTokens(), spec.requestHash(), true, spec.call());
  }

  @Test
  void one_failure_whose_transaction_is_repeated_counts_once() throws Exception {
    t.pool.add(9);
    var unsteady = new UnsteadyDatabase(t.pool.test.address().jdbcUrl(), new AtomicInteger());
    var calls = t.calls(new Database(unsteady), duration -> {});
    var run = t.run();
    var context = context(run, t.plan(run), 1);
    var release = new CountDownLatch(1);
    t.upstream.calls("key1", ScriptedUpstream.html().after(release));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> failing =
          threads.submit(() -> calls.call(context, spec(AttemptCause.FIRST, FREE, 100)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      unsteady.rollBackTheNextCommits(6);
      release.countDown();
      assertThat(kind(failing.get())).isEqualTo("unreachable:html_answer");
    }
    assertThat(t.pool.pool.status().findPause(t.pool.id)).isEmpty();
  }

  @Test
  void no_call_is_counted_for_a_run_that_is_being_cancelled() {
    t.pool.add(1);
    var run = t.run();
    t.pool.database.runTx(tx -> tx.dsl().update(RUNS).set(RUNS.CANCEL_REQUESTED, true).execute());

    boolean counted = t.pool.database.inTx(tx -> new AttemptRepository().countCall(tx, run));

    assertThat(counted).isFalse();
    int calls = t.pool.database.read(dsl -> dsl.fetchValue(RUNS.CALLS));
    assertThat(calls).isZero();
  }

  @Test
  void an_abort_between_writing_an_attempt_and_sending_it_sends_nothing() {
    var inFlightCalls = new InFlightCalls();
    var sent = new AtomicInteger();
    var run = t.pool.ids.next();
    try (var slot = inFlightCalls.open(run)) {
      inFlightCalls.abort(run);
      var ended =
          slot.send(
              () -> {
                sent.incrementAndGet();
                throw new AssertionError();
              });
      assertThat(ended).isEmpty();
      assertThat(slot.await(() -> true)).isEmpty();
    }
    assertThat(sent).hasValue(0);
    try (var next = inFlightCalls.open(run)) {
      assertThat(next.await(() -> true)).hasValue(true);
    }
  }

  @Test
  void a_key_without_a_call_holds_no_permit() throws Exception {
    var keyConcurrencyLimiter = new KeyConcurrencyLimiter(Duration.ofMillis(1));
    var keys = IntStream.range(0, 3).mapToObj(_ -> t.pool.ids.next()).toList();
    for (var key : keys) {
      assertThat(keyConcurrencyLimiter.acquire(key, ModelClass.FREE)).isTrue();
      assertThat(keyConcurrencyLimiter.acquire(key, ModelClass.FREE)).isFalse();
    }
    assertThat(keyConcurrencyLimiter.keysInUse()).isEqualTo(3);
    keys.forEach(key -> keyConcurrencyLimiter.release(key, ModelClass.FREE));
    assertThat(keyConcurrencyLimiter.keysInUse()).isZero();
  }

  /** Stores this many calls of earlier workers for operation 1, all with refused keys. */
  private void storeEarlierCalls(RunFence run, int calls) {
    var key = key("key9");
    t.pool.database.runTx(
        tx ->
            IntStream.rangeClosed(1, calls)
                .forEach(
                    no ->
                        tx.dsl()
                            .insertInto(ATTEMPTS)
                            .set(ATTEMPTS.RUN_ID, run.runId())
                            .set(ATTEMPTS.ORDINAL, 1)
                            .set(ATTEMPTS.NO, no)
                            .set(ATTEMPTS.CAUSE, "retry")
                            .set(ATTEMPTS.KEY_ID, key.id())
                            .set(ATTEMPTS.KEY_NAME, key.name())
                            .set(ATTEMPTS.MODEL, FREE)
                            .set(ATTEMPTS.STATE, "http_error")
                            .set(ATTEMPTS.OUTCOME, "key_suspect")
                            .set(ATTEMPTS.REQUEST_HASH, "hash")
                            .set(ATTEMPTS.SENT_AT, t.pool.clock.instant())
                            .execute()));
    t.pool.clock.tick(Duration.ofSeconds(1));
  }
}

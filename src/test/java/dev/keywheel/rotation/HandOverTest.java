package dev.keywheel.rotation;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.RunFence;
import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.TestWheel;
import dev.keywheel.support.UnsteadyDatabase;
import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Calls in flight when another worker takes over the run, the run is cancelled, or the database
 * fails.
 */
class HandOverTest extends CallsThroughPool {
  @Test
  void a_fenced_worker_sends_nothing_and_writes_nothing() throws Exception {
    t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    var release = new CountDownLatch(1);
    t.upstream.calls("key1", ScriptedUpstream.ok().after(release));
    var context = context(run, plan, 1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> inFlight = threads.submit(() -> call(context));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      var taken = takeOver(run);
      var lines = t.text(run);
      release.countDown();
      assertThat(inFlight.get()).isEqualTo(new Halt.Fenced());
      assertThat(t.text(run)).isEqualTo(lines);
      assertThat(t.attempts(run)).containsExactly("1.1 first key1 unknown null");
      assertThat(call(context(run, plan, 2))).isEqualTo(new Halt.Fenced());
      assertThat(t.upstream.received()).hasSize(1);
      var again = context(taken, plan, 1);
      assertThat(answeredBy(t.calls.call(again, spec(AttemptCause.RESEND, FREE, 100))))
          .isEqualTo("key1");
      assertThat(t.attempts(run))
          .containsExactly("1.1 first key1 unknown null", "1.2 resend key1 ok answer");
    }
  }

  @Test
  void the_next_worker_keeps_the_held_key_and_reuses_no_refused_key() {
    t.pool.add(9);
    t.upstream.calls("key1", ScriptedUpstream.noCredit());
    var run = t.run();
    var plan = t.plan(run);
    t.calls.call(context(run, plan, 1), spec(AttemptCause.FIRST, PAID, 100));
    var resumed = context(run, plan, 1);
    assertThat(answeredBy(t.calls.call(resumed, spec(AttemptCause.REASK, PAID, 100))))
        .isEqualTo("key8");
    assertThat(resumed.used()).containsExactly(key("key1").id());
  }

  @Test
  void the_next_worker_may_use_keys_that_were_given_up_voluntarily() {
    t.pool.add(2);
    var run = t.run();
    var plan = t.plan(run);
    var context = context(run, plan, 1);
    call(context);
    var call = spec(AttemptCause.RETRY, FREE, 100);
    var other =
        new CallSpec(
            call.cause(), FREE, 100, call.leastTokens(), call.requestHash(), true, call.call());
    assertThat(answeredBy(t.calls.call(context, other))).isEqualTo("key2");
    t.upstream.calls("key2", ScriptedUpstream.daily429(inAnHour()));
    assertThat(answeredBy(call(context(run, plan, 1)))).isEqualTo("key1");
  }

  @Test
  void the_next_worker_may_use_keys_that_could_not_pay_for_one_call() {
    t.pool.add(2);
    var run = t.run();
    var plan = t.plan(run);
    t.upstream.calls("key1", ScriptedUpstream.afford(300), ScriptedUpstream.ok());
    var first = t.calls.call(context(run, plan, 1), spec(AttemptCause.FIRST, PAID, 1_000));
    assertThat(answeredBy(first)).isEqualTo("key2");
    t.upstream.calls("key2", ScriptedUpstream.daily429(inAnHour()));
    assertThat(answeredBy(call(context(run, plan, 1)))).isEqualTo("key1");
  }

  @Test
  void the_next_worker_may_use_the_only_key_although_it_could_not_pay_for_one_call() {
    t.pool.add(1);
    var run = t.run();
    var plan = t.plan(run);
    t.upstream.calls("key1", ScriptedUpstream.afford(300), ScriptedUpstream.ok());
    var first = t.calls.call(context(run, plan, 1), spec(AttemptCause.FIRST, PAID, 1_000));
    assertThat(kind(first)).isEqualTo("too_dear");
    assertThat(answeredBy(call(context(run, plan, 1)))).isEqualTo("key1");
  }

  private long inAnHour() {
    return t.pool.clock.instant().plus(Duration.ofHours(1)).toEpochMilli();
  }

  @Test
  void cancelling_aborts_the_call_in_flight_and_sends_no_further_call() throws Exception {
    t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    t.upstream.calls("key1", ScriptedUpstream.ok().after(new CountDownLatch(1)));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> inFlight = threads.submit(() -> call(context(run, plan, 1)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      requestCancellation(run);
      t.calls.abort(run.runId());
      assertThat(inFlight.get()).isEqualTo(new Halt.Cancelled());
    }
    assertThat(t.attempts(run)).containsExactly("1.1 first key1 cancelled timed_out");
    assertThat(call(context(run, plan, 2))).isEqualTo(new Halt.Cancelled());
    assertThat(t.upstream.received()).hasSize(1);
    assertThat(key("key1").status()).isEqualTo(KeyStatus.ACTIVE);
  }

  @Test
  void an_answer_received_after_the_cancellation_is_stored_and_not_applied() throws Exception {
    t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    var release = new CountDownLatch(1);
    t.upstream.calls("key1", ScriptedUpstream.ok().after(release));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> inFlight = threads.submit(() -> call(context(run, plan, 1)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      requestCancellation(run);
      release.countDown();
      assertThat(inFlight.get()).isEqualTo(new Halt.Cancelled());
    }
    assertThat(t.attempts(run)).containsExactly("1.1 first key1 ok answer");
  }

  @Test
  void an_outage_that_the_last_call_of_a_cancelled_run_shows_pauses_the_pool() throws Exception {
    t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    t.upstream.calls("key1", ScriptedUpstream.html());
    t.upstream.calls("key2", ScriptedUpstream.html());
    var release = new CountDownLatch(1);
    t.upstream.calls("key3", ScriptedUpstream.html().after(release));
    call(context(run, plan, 1));
    call(context(run, plan, 2));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> inFlight = threads.submit(() -> call(context(run, plan, 3)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 3);
      requestCancellation(run);
      release.countDown();
      assertThat(inFlight.get()).isEqualTo(new Halt.Cancelled());
    }
    assertThat(t.pool.pool.status().findPause(t.pool.id)).isPresent();
  }

  @Test
  void calls_in_flight_when_this_node_stops_have_an_unknown_outcome() throws Exception {
    t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    t.upstream.calls("key1", ScriptedUpstream.ok().after(new CountDownLatch(1)));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> inFlight = threads.submit(() -> call(context(run, plan, 1)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      t.calls.abort(run.runId());
      assertThat(inFlight.get()).isEqualTo(new Halt.Interrupted());
    }
    assertThat(t.attempts(run)).containsExactly("1.1 first key1 unknown timed_out");
  }

  @Test
  void an_answer_is_not_lost_during_a_short_database_outage() throws Exception {
    t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    var away = new AtomicInteger();
    var unsteady = new UnsteadyDatabase(t.pool.test.address().jdbcUrl(), away);
    var waited = new ArrayList<Duration>();
    Delayer back =
        duration -> {
          waited.add(duration);
          away.set(waited.size() < 3 ? Integer.MAX_VALUE : 0);
        };
    var calls = t.calls(new Database(unsteady), back);
    var release = new CountDownLatch(1);
    t.upstream.calls("key1", ScriptedUpstream.ok().after(release));
    var context = context(run, plan, 1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> inFlight =
          threads.submit(() -> calls.call(context, spec(AttemptCause.FIRST, FREE, 100)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      away.set(Integer.MAX_VALUE);
      release.countDown();
      assertThat(answeredBy(inFlight.get())).isEqualTo("key1");
    }
    assertThat(waited).hasSize(3);
    assertThat(t.attempts(run)).containsExactly("1.1 first key1 ok answer");
    assertThat(t.lines(run, "call.answered")).hasSize(1);
    assertThat(key("key1").calls()).isEqualTo(1);
  }

  @Test
  void a_commit_whose_confirmation_was_lost_is_not_applied_twice() throws Exception {
    t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    var unsteady = new UnsteadyDatabase(t.pool.test.address().jdbcUrl(), new AtomicInteger());
    var calls = t.calls(new Database(unsteady), duration -> {});
    var context = context(run, plan, 1);
    var release = new CountDownLatch(1);
    t.upstream.calls("key1", ScriptedUpstream.ok().after(release));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> inFlight =
          threads.submit(() -> calls.call(context, spec(AttemptCause.FIRST, FREE, 100)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      unsteady.loseTheNextConfirmation();
      release.countDown();
      assertThat(answeredBy(inFlight.get())).isEqualTo("key1");
    }
    assertThat(unsteady.lost()).isEqualTo(1);
    assertThat(key("key1").calls()).isEqualTo(1);
    assertThat(t.lines(run, "call.answered")).hasSize(1);
    assertThat(t.attempts(run)).containsExactly("1.1 first key1 ok answer");
  }

  @Test
  void an_attempt_that_was_not_sent_is_not_counted_as_a_call() {
    t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    var away = new AtomicInteger();
    var unsteady = new UnsteadyDatabase(t.pool.test.address().jdbcUrl(), away);
    var waited = new AtomicInteger();
    Delayer longer = _ -> away.set(waited.incrementAndGet() < 30 ? Integer.MAX_VALUE : 0);
    var calls = t.calls(new Database(unsteady), longer);
    var context = context(run, plan, 1);
    unsteady.loseTheNextConfirmation();
    assertThatThrownBy(() -> calls.call(context, spec(AttemptCause.FIRST, FREE, 100)))
        .matches(TransientErrors::isTransient);
    assertThat(t.upstream.received()).isEmpty();
    assertThat(t.attempts(run)).containsExactly("1.1 first key1 cancelled not_sent");
    int counted = t.pool.database.read(dsl -> dsl.fetchValue(RUNS.CALLS));
    assertThat(counted).isZero();
  }

  @Test
  void a_key_has_one_call_to_a_free_model_in_flight_and_the_next_one_after_it() throws Exception {
    t.pool.add(1);
    var run = t.run();
    var plan = t.plan(run);
    var release = new CountDownLatch(1);
    t.upstream.calls("key1", ScriptedUpstream.ok().after(release), ScriptedUpstream.ok());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> first = threads.submit(() -> call(context(run, plan, 1)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      Future<CallResult> second = startWaiting(threads, () -> call(context(run, plan, 2)));
      assertThat(t.attempts(run)).containsExactly("1.1 first key1 sent null");
      release.countDown();
      assertThat(answeredBy(first.get())).isEqualTo("key1");
      assertThat(answeredBy(second.get())).isEqualTo("key1");
    }
  }

  @Test
  void a_call_waiting_for_a_key_that_is_then_refused_gets_another_one() throws Exception {
    t.pool.add(7);
    var first = t.run();
    var second = t.run();
    var plan = t.plan(first);
    var other = t.plan(second);
    int place = TestWheel.names(other).indexOf("key1") + 1;
    var release = new CountDownLatch(1);
    t.upstream.calls("key1", ScriptedUpstream.daily429(0).after(release));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> one = threads.submit(() -> call(context(first, plan, 1)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      Future<CallResult> two = startWaiting(threads, () -> call(context(second, other, place)));
      release.countDown();
      assertThat(answeredBy(one.get())).isNotEqualTo("key1");
      assertThat(answeredBy(two.get())).isNotEqualTo("key1");
    }
    assertThat(t.upstream.keys()).containsOnlyOnce("key1");
  }

  @Test
  void cancelling_ends_the_wait_for_a_key() throws Exception {
    t.pool.add(1);
    var run = t.run();
    var plan = t.plan(run);
    t.upstream.calls("key1", ScriptedUpstream.ok().after(new CountDownLatch(1)));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CallResult> first = threads.submit(() -> call(context(run, plan, 1)));
      Await.until("the call is sent", () -> t.upstream.received().size() == 1);
      Future<CallResult> second = startWaiting(threads, () -> call(context(run, plan, 2)));
      requestCancellation(run);
      Await.until(
          "both have ended",
          () -> {
            t.calls.abort(run.runId());
            return first.isDone() && second.isDone();
          });
      assertThat(first.get()).isEqualTo(new Halt.Cancelled());
      assertThat(second.get()).isEqualTo(new Halt.Cancelled());
    }
    assertThat(t.upstream.received()).hasSize(1);
  }

  /** Starts a call, and returns when it waits until another call with its key has ended. */
  private static Future<CallResult> startWaiting(
      ExecutorService threads, Supplier<CallResult> call) {
    var thread = new AtomicReference<Thread>();
    Future<CallResult> result =
        threads.submit(
            () -> {
              thread.set(Thread.currentThread());
              return call.get();
            });
    Await.until("the call waits for its key", () -> waitsForKey(thread.get()));
    return result;
  }

  private static boolean waitsForKey(@Nullable Thread thread) {
    return thread != null
        && thread.getState() == Thread.State.TIMED_WAITING
        && Arrays.stream(thread.getStackTrace())
            .anyMatch(frame -> frame.getClassName().equals(KeyConcurrencyLimiter.class.getName()));
  }

  /**
   * Takes over the run like another worker: with a new fence, and unknown outcomes for the calls in
   * flight.
   */
  private RunFence takeOver(RunFence run) {
    t.pool.database.runTx(
        tx -> {
          tx.dsl().update(RUNS).set(RUNS.FENCE, run.fence() + 1).execute();
          tx.dsl().update(ATTEMPTS).set(ATTEMPTS.STATE, "unknown").execute();
        });
    return new RunFence(run.runId(), run.pool(), run.fence() + 1);
  }

  private void requestCancellation(RunFence run) {
    t.pool.database.runTx(
        tx ->
            tx.dsl()
                .update(RUNS)
                .set(RUNS.CANCEL_REQUESTED, true)
                .where(RUNS.ID.eq(run.runId()))
                .execute());
  }
}

package dev.keywheel.rotation;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.RunFence;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.ScriptedUpstream.Reply;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Calls that the provider refuses although their keys pass its key check. */
@Tag("full")
class RefusedCallsTest extends CallsThroughPool {
  private static final Reply FORBIDDEN =
      new Reply(403, "{\"error\":{\"code\":403,\"message\":\"Forbidden\"}}");

  private static final Reply EXCLUDED =
      new Reply(
          404, "{\"error\":{\"code\":404,\"message\":\"No endpoints matching your data policy\"}}");

  private void answerCalls(int keys, Reply reply) {
    for (int i = 1; i <= keys; i++) {
      t.upstream.calls("key" + i, reply);
    }
  }

  @Test
  void a_401_for_three_accounts_pauses_the_pool_and_excludes_no_key() {
    t.pool.add(9);
    answerCalls(9, ScriptedUpstream.unauthorized());
    var run = t.run();
    var plan = t.plan(run);

    var first = (Halt.NoKey) call(context(run, plan, 1));

    assertThat(t.upstream.keys()).containsExactly("key1", "key1", "key8", "key8", "key9", "key9");
    assertThat(first.nextTry()).isEqualTo(t.pool.clock.instant().plusSeconds(30));
    assertThat(first.why())
        .startsWith(
            "The provider refuses calls (401 key refused) although the keys pass the key check");
    assertThat(t.pool.pool.status().findPause(t.pool.id)).isPresent();
    assertThat(call(context(run, plan, 2))).as("nothing is sent").isInstanceOf(Halt.NoKey.class);
    assertThat(t.upstream.received()).hasSize(6);

    t.pool.clock.tick(Duration.ofSeconds(31));
    var second = (Halt.NoKey) call(context(run, plan, 1));
    assertThat(t.upstream.received()).as("two more keys").hasSize(10);
    assertThat(second.nextTry()).isEqualTo(t.pool.clock.instant().plusSeconds(60));

    answerCalls(9, ScriptedUpstream.ok());
    t.pool.clock.tick(Duration.ofSeconds(61));
    assertThat(call(context(run, plan, 1))).isInstanceOf(CallResult.Answered.class);
    assertThat(t.pool.pool.status().counts(t.pool.id).active()).isEqualTo(9);
    assertThat(excluded(run)).isZero();
  }

  @Test
  void a_pause_that_a_run_begins_because_calls_are_refused_has_probes_and_checks() {
    t.pool.add(9);
    answerCalls(9, ScriptedUpstream.unauthorized());
    var run = t.run();
    var plan = t.plan(run);
    var probes = t.calls.judge().probes();

    var first = (Halt.NoKey) call(context(run, plan, 1));
    t.pool.clock.tick(Duration.ofSeconds(5));

    var now = t.pool.clock.instant();
    assertThat(probes.isDue(t.pool.id, first.nextTry(), now)).isTrue();
    assertThat(probes.takeDueChecks(now)).containsExactly(t.pool.id);
    t.calls.judge().endPauseByCheck(t.pool.database, t.pool.id, now, now);
    assertThat(t.pool.pool.status().findPause(t.pool.id)).isEmpty();

    t.pool.clock.tick(Duration.ofSeconds(25));
    assertThat(call(context(run, plan, 1))).isInstanceOf(Halt.NoKey.class);
    t.pool.clock.tick(Duration.ofSeconds(29));
    assertThat(probes.takeDueChecks(t.pool.clock.instant()))
        .as("delayed, because the first check was in vain")
        .isEmpty();
    t.pool.clock.tick(Duration.ofSeconds(1));
    assertThat(probes.takeDueChecks(t.pool.clock.instant())).containsExactly(t.pool.id);
  }

  @Test
  void keys_of_one_account_count_once_and_another_account_is_tried_next() {
    t.pool.add(12);
    t.pool.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.ACCOUNT, "shared")
                .where(API_KEYS.NAME.ne("key12"))
                .execute());
    answerCalls(11, ScriptedUpstream.unauthorized());
    var run = t.run();

    assertThat(answeredBy(call(context(run, t.plan(run), 1)))).isEqualTo("key12");

    assertThat(t.upstream.keys()).containsExactly("key1", "key1", "key12");
    assertThat(t.pool.pool.status().findPause(t.pool.id)).isEmpty();
  }

  @Test
  void the_keys_of_one_account_alone_are_not_all_tried() {
    t.pool.add(30);
    t.pool.database.runTx(
        tx -> tx.dsl().update(API_KEYS).set(API_KEYS.ACCOUNT, "shared").execute());
    answerCalls(30, ScriptedUpstream.unauthorized());
    var run = t.run();

    assertThat(call(context(run, t.plan(run), 1))).isInstanceOf(Halt.NoKey.class);

    assertThat(t.upstream.received()).hasSize(12);
    assertThat(t.pool.pool.status().findPause(t.pool.id)).isPresent();
  }

  @Test
  void the_only_key_is_retried_after_growing_waits() {
    t.pool.add(1);
    answerCalls(1, ScriptedUpstream.unauthorized());
    var run = t.run();
    var plan = t.plan(run);
    var began = t.pool.clock.instant();

    for (long wait : new long[] {30, 31, 63}) {
      var halt = (Halt.NoKey) call(context(run, plan, 1));
      assertThat(halt.why()).contains("401 key refused");
      assertThat(Duration.between(t.pool.clock.instant(), halt.nextTry()).toSeconds())
          .isEqualTo(wait);
      t.pool.clock.set(halt.nextTry().plusSeconds(1));
    }
    assertThat(Duration.between(began, t.pool.clock.instant())).hasMinutes(2);
    assertThat(t.upstream.received()).hasSize(6);

    t.upstream.calls("key1", ScriptedUpstream.ok());
    assertThat(answeredBy(call(context(run, plan, 1)))).isEqualTo("key1");
  }

  @Test
  void another_worker_does_not_start_with_the_keys_that_were_refused() {
    t.pool.add(9);
    t.upstream.calls("key1", ScriptedUpstream.unauthorized());
    var run = t.run();
    var plan = t.plan(run);
    assertThat(answeredBy(call(context(run, plan, 1)))).isEqualTo("key8");

    var calls = t.calls(t.pool.database, _ -> {});
    var spec = spec(AttemptCause.FIRST, FREE, 1_000);
    var answered = calls.call(context(run, plan, 8), spec); // its seat is the first one again

    assertThat(answeredBy(answered)).isEqualTo("key9");
    assertThat(callLines(run))
        .contains(
            "🔁 Found replacement: key9 for Image Generation (was key1, refused before in this"
                + " run)");
    t.pool.clock.tick(Duration.ofMinutes(61));
    t.upstream.calls("key1", ScriptedUpstream.ok());
    assertThat(answeredBy(calls.call(context(run, plan, 8), spec))).isEqualTo("key1");
  }

  @Test
  void a_403_without_a_reason_is_tried_with_one_other_key_and_then_counts_for_the_model() {
    t.pool.add(9);
    answerCalls(9, FORBIDDEN);
    var run = t.run();
    var context = context(run, t.plan(run), 1);

    assertThat(kind(call(context))).isEqualTo("model:forbidden");

    assertThat(t.upstream.keys()).containsExactly("key1", "key8");
    assertThat(t.upstream.checked()).containsExactly("key1", "key8");
    assertThat(t.pool.pool.status().findPause(t.pool.id)).isEmpty();
    assertThat(excluded(run)).isZero();
    answerCalls(9, ScriptedUpstream.ok());
    assertThat(answeredBy(t.calls.call(context, spec(AttemptCause.MODEL_CHANGE, PAID, 1_000))))
        .as("with the next model the key is used again")
        .isEqualTo("key8");
  }

  @Test
  void a_model_that_a_data_policy_excludes_is_tried_once_with_a_key_of_another_account() {
    var keys = t.pool.add(9);
    keys.subList(0, 8).forEach(key -> t.pool.account("a", key));
    answerCalls(9, EXCLUDED);
    var run = t.run();
    var context = context(run, t.plan(run), 1);

    assertThat(kind(call(context))).isEqualTo("model:account_policy");

    assertThat(t.upstream.keys()).containsExactly("key1", "key9");
    assertThat(t.upstream.checked()).isEmpty();
    assertThat(t.pool.pool.status().counts(t.pool.id).active()).isEqualTo(9);
    assertThat(excluded(run)).isZero();
    answerCalls(9, ScriptedUpstream.ok());
    assertThat(answeredBy(t.calls.call(context, spec(AttemptCause.MODEL_CHANGE, PAID, 1_000))))
        .as("with the next model")
        .isEqualTo("key9");
  }

  @Test
  void a_model_that_the_data_policy_of_the_only_account_excludes_is_tried_once() {
    t.pool.add(9).forEach(key -> t.pool.account("a", key));
    answerCalls(9, EXCLUDED);
    var run = t.run();

    assertThat(kind(call(context(run, t.plan(run), 1)))).isEqualTo("model:account_policy");

    assertThat(t.upstream.keys()).containsExactly("key1");
  }

  @Test
  void a_403_for_two_models_and_three_accounts_pauses_the_pool() {
    t.pool.add(9);
    answerCalls(9, FORBIDDEN);
    var run = t.run();
    var context = context(run, t.plan(run), 1);
    call(context);

    var result = t.calls.call(context, spec(AttemptCause.MODEL_CHANGE, PAID, 1_000));

    assertThat(result).isInstanceOf(Halt.NoKey.class);
    assertThat(((Halt.NoKey) result).why()).contains("403 key refused");
    assertThat(t.upstream.keys()).containsExactly("key1", "key8", "key8", "key9");
    assertThat(t.pool.pool.status().counts(t.pool.id).active()).isEqualTo(9);
  }

  @Test
  void keys_that_cannot_pay_and_forbidden_keys_are_counted_separately() {
    t.pool.add(12);
    answerCalls(12, FORBIDDEN);
    t.upstream.calls("key1", ScriptedUpstream.afford(300));
    var run = t.run();
    var plan = t.plan(run);

    var forbidden = t.calls.call(context(run, plan, 1), spec(AttemptCause.FIRST, PAID, 1_000));

    assertThat(kind(forbidden)).isEqualTo("model:forbidden");
    assertThat(t.upstream.keys()).containsExactly("key1", "key8", "key9");
    answerCalls(12, ScriptedUpstream.afford(300));
    t.upstream.calls("key2", FORBIDDEN);
    var expensive = t.calls.call(context(run, plan, 2), spec(AttemptCause.FIRST, PAID, 1_000));
    assertThat(kind(expensive)).isEqualTo("too_dear");
    assertThat(t.upstream.keys().subList(3, 7)).startsWith("key2").doesNotHaveDuplicates();
    assertThat(t.upstream.received()).hasSize(7);
  }

  @Test
  void after_a_403_a_key_still_has_the_second_try_of_a_401() {
    t.pool.add(1);
    t.upstream.calls("key1", FORBIDDEN, ScriptedUpstream.unauthorized(), ScriptedUpstream.ok());
    var run = t.run();
    var context = context(run, t.plan(run), 1);
    assertThat(kind(call(context))).isEqualTo("model:forbidden");

    var next = t.calls.call(context, spec(AttemptCause.MODEL_CHANGE, PAID, 1_000));

    assertThat(answeredBy(next)).isEqualTo("key1");
    assertThat(t.upstream.checked()).containsExactly("key1", "key1");
  }

  @Test
  void a_403_of_the_only_key_counts_for_the_model_after_one_call() {
    t.pool.add(1);
    answerCalls(1, FORBIDDEN);
    var run = t.run();

    assertThat(kind(call(context(run, t.plan(run), 1)))).isEqualTo("model:forbidden");
    assertThat(t.upstream.received()).hasSize(1);
  }

  @Test
  void a_401_of_keys_that_cannot_be_checked_pauses_the_pool_and_marks_no_key() {
    t.pool.add(9);
    answerCalls(9, ScriptedUpstream.unauthorized());
    for (int i = 1; i <= 9; i++) {
      t.upstream.checks("key" + i, ScriptedUpstream.server502());
    }
    var run = t.run();

    var halt = (Halt.NoKey) call(context(run, t.plan(run), 1));

    assertThat(halt.why())
        .startsWith(
            "The provider refuses calls (401 key refused), and the key check could not tell");
    assertThat(t.upstream.keys()).containsExactly("key1", "key8", "key9");
    assertThat(t.pool.pool.status().counts(t.pool.id).active()).isEqualTo(9);
  }

  @Test
  void a_403_of_keys_that_cannot_be_checked_does_not_count_for_the_model() {
    t.pool.add(9);
    for (var key : new String[] {"key1", "key8"}) {
      t.upstream.calls(key, FORBIDDEN);
      t.upstream.checks(key, ScriptedUpstream.server502());
    }
    var run = t.run();

    assertThat(answeredBy(call(context(run, t.plan(run), 1)))).isEqualTo("key9");

    assertThat(callLines(run)).anyMatch(line -> line.contains("refused, and could not be checked"));
  }

  @Test
  void a_403_of_keys_that_cannot_be_checked_does_not_pause_a_pool_with_answered_calls() {
    t.pool.add(9);
    for (int i = 2; i <= 9; i++) {
      t.upstream.calls("key" + i, FORBIDDEN);
      t.upstream.checks("key" + i, ScriptedUpstream.server502());
    }
    var run = t.run();
    var plan = t.plan(run);
    assertThat(answeredBy(call(context(run, plan, 1)))).isEqualTo("key1");

    assertThat(kind(call(context(run, plan, 2)))).isEqualTo("model:forbidden");

    assertThat(t.upstream.keys()).hasSize(3);
    assertThat(t.pool.pool.status().findPause(t.pool.id)).isEmpty();
    assertThat(excluded(run)).isZero();
  }

  @Test
  void a_403_of_keys_that_cannot_be_checked_pauses_a_pool_without_answers() {
    t.pool.add(9);
    answerCalls(9, FORBIDDEN);
    for (int i = 1; i <= 9; i++) {
      t.upstream.checks("key" + i, ScriptedUpstream.server502());
    }
    var run = t.run();

    var halt = (Halt.NoKey) call(context(run, t.plan(run), 1));

    assertThat(halt.why()).contains("the key check could not tell whether the keys are valid");
    assertThat(t.upstream.keys()).containsExactly("key1", "key8", "key9");
  }

  private int excluded(RunFence run) {
    return t.pool.database.read(
        dsl ->
            dsl.select(RUNS.EXCLUDED)
                .from(RUNS)
                .where(RUNS.ID.eq(run.runId()))
                .fetchSingle(RUNS.EXCLUDED)
                .length);
  }
}

package dev.keywheel.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.recovery.batch.Refusals;
import dev.keywheel.support.Await;
import dev.keywheel.support.ScriptedUpstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Distinguishes a provider that answers 401 to every key from bad keys. */
class EveryKeyRefusedTest extends CallsThroughPool {
  private static final int KEYS = 9;

  private void refuseAll() {
    for (int i = 1; i <= KEYS; i++) {
      t.upstream.calls("key" + i, ScriptedUpstream.unauthorized());
      t.upstream.checks("key" + i, ScriptedUpstream.unauthorized());
    }
  }

  private void acceptAll() {
    for (int i = 1; i <= KEYS; i++) {
      t.upstream.calls("key" + i, ScriptedUpstream.ok());
      t.upstream.checks("key" + i, ScriptedUpstream.works());
    }
  }

  @Test
  void the_third_key_refused_in_a_row_pauses_the_pool_and_no_more_keys_are_marked() {
    t.pool.add(KEYS);
    refuseAll();
    var run = t.run();
    var plan = t.plan(run);

    var result = call(context(run, plan, 1));

    assertThat(result).isInstanceOf(Halt.NoKey.class);
    assertThat(t.pool.pool.status().findPause(t.pool.id)).isPresent();
    assertThat(t.pool.pool.status().findNotice(t.pool.id))
        .hasValueSatisfying(n -> assertThat(n).contains("401"));
    assertThat(t.pool.pool.status().counts(t.pool.id).failed()).isEqualTo(2);
    assertThat(callLines(run)).anyMatch(line -> line.startsWith("⏸️ The pool is paused until"));
    for (int i = 0; i < 4; i++) {
      t.pool.clock.tick(Duration.ofMinutes(11));
      call(context(run, plan, 2));
    }
    assertThat(t.pool.pool.status().counts(t.pool.id).failed()).isEqualTo(2);
  }

  @Test
  void the_first_answer_afterwards_rechecks_the_marked_keys_at_once() {
    t.withJobs();
    t.pool.add(KEYS);
    refuseAll();
    var run = t.run();
    var plan = t.plan(run);
    call(context(run, plan, 1));
    assertThat(t.pool.pool.status().counts(t.pool.id).failed()).isEqualTo(2);
    acceptAll();
    t.pool.clock.tick(Duration.ofMinutes(1));

    assertThat(call(context(run, plan, 4))).isInstanceOf(CallResult.Answered.class);

    Await.until(
        "the marked keys are active again",
        () -> t.pool.pool.status().counts(t.pool.id).active() == KEYS);
    Await.until("the notice is gone", () -> t.pool.pool.status().findNotice(t.pool.id).isEmpty());
  }

  @Test
  void a_refused_key_among_accepted_ones_is_marked() {
    t.pool.add(KEYS);
    var bad = List.of("key1", "key2", "key3", "key4");
    for (var key : bad) {
      t.upstream.calls(key, ScriptedUpstream.unauthorized());
      t.upstream.checks(key, ScriptedUpstream.unauthorized());
    }
    var run = t.run();
    var plan = t.plan(run);

    for (int operation = 1; operation <= bad.size(); operation++) {
      assertThat(call(context(run, plan, operation))).isInstanceOf(CallResult.Answered.class);
    }

    assertThat(bad).allMatch(key -> key(key).status() == KeyStatus.FAILED);
    assertThat(t.pool.pool.status().findPause(t.pool.id)).isEmpty();
  }

  @Test
  void refused_keys_among_keys_without_credit_are_marked_without_a_pause() {
    t.pool.add(KEYS);
    refuseAll();
    for (int i = 1; i <= KEYS; i += 2) {
      t.upstream.calls("key" + i, ScriptedUpstream.noCredit());
    }
    var run = t.run();

    assertThat(call(context(run, t.plan(run), 1))).isInstanceOf(Halt.NoKey.class);

    assertThat(t.pool.pool.status().counts(t.pool.id).failed()).isEqualTo(KEYS / 2);
    assertThat(t.pool.pool.status().findPause(t.pool.id)).isEmpty();
  }

  @Test
  void the_pause_grows_without_answers_and_one_account_alone_causes_none() {
    var refusals = new Refusals();
    var now = t.pool.clock.instant();
    for (int i = 0; i < 5; i++) {
      assertThat(
              refusals.recordRefusal(t.pool.id, "one", t.pool.ids.next(), now).countsAgainstKey())
          .isTrue();
    }
    refusals.recordRefusal(t.pool.id, "two", t.pool.ids.next(), now);
    var third = refusals.recordRefusal(t.pool.id, "three", t.pool.ids.next(), now);
    assertThat(third).isEqualTo(new Refusals.Decision(false, Optional.of(Duration.ofSeconds(30))));
    var during = refusals.recordRefusal(t.pool.id, "four", t.pool.ids.next(), now.plusSeconds(10));
    assertThat(during).isEqualTo(new Refusals.Decision(false, Optional.empty()));
    var after = refusals.recordRefusal(t.pool.id, "four", t.pool.ids.next(), now.plusSeconds(31));
    assertThat(after.pause()).hasValue(Duration.ofMinutes(1));
    var marked = new ArrayList<UUID>();
    refusals.recordAccepted(t.pool.id, marked::addAll);
    refusals.recordAccepted(t.pool.id, marked::addAll);
    assertThat(marked).hasSize(6);
  }
}

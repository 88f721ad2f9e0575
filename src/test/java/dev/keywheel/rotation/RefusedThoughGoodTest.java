package dev.keywheel.rotation;

import static dev.keywheel.db.schema.Tables.RUNS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.run.RunFence;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.ScriptedUpstream.Reply;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Calls that the provider refuses although their keys pass its key check. */
class RefusedThoughGoodTest extends CallsThroughPool {
  @Test
  void three_keys_that_pass_the_check_and_get_a_403_are_not_the_cause() {
    t.pool.add(9);
    for (int i = 1; i <= 9; i++) {
      t.upstream.calls(
          "key" + i, new Reply(403, "{\"error\":{\"code\":403,\"message\":\"Forbidden\"}}"));
    }
    var run = t.run();
    var turn = turn(run, t.plan(run), 1);

    assertThat(kind(call(turn))).isEqualTo("request:unknown");

    assertThat(t.upstream.keys()).containsExactly("key1", "key1", "key8", "key8", "key9", "key9");
    assertThat(excluded(run)).isEmpty();
    assertThat(t.pool.pool.status().counts(t.pool.id).active()).isEqualTo(9);
    assertThat(talk(run))
        .contains(
            "⚠️ 3 keys that pass the key check were refused for model test/model:free: they are not"
                + " the cause and stay in this run");
    t.upstream.calls("key9", ScriptedUpstream.ok());
    assertThat(answeredBy(call(turn))).as("the next model is asked").isEqualTo("key9");
  }

  @Test
  void a_provider_that_answers_401_to_keys_that_pass_its_check_makes_the_run_wait() {
    t.pool.add(9);
    for (int i = 1; i <= 9; i++) {
      t.upstream.calls("key" + i, ScriptedUpstream.unauthorized());
    }
    var run = t.run();
    var plan = t.plan(run);

    var result = call(turn(run, plan, 1));

    assertThat(result)
        .isEqualTo(
            new Halt.NoKey(
                t.pool.clock.instant().plus(Duration.ofMinutes(5)),
                "The provider answers calls with 401 although their keys pass its key check. No key"
                    + " is marked for it."));
    assertThat(t.upstream.received()).hasSize(6);
    t.upstream.calls("key1", ScriptedUpstream.ok());
    t.pool.clock.tick(Duration.ofMinutes(5));
    assertThat(answeredBy(call(turn(run, plan, 1)))).as("the next try").isEqualTo("key1");
  }

  @Test
  void the_only_key_is_tried_again_although_it_was_refused_and_passes_the_check() {
    t.pool.add(1);
    t.upstream.calls(
        "key1",
        ScriptedUpstream.unauthorized(),
        ScriptedUpstream.unauthorized(),
        ScriptedUpstream.ok());
    var run = t.run();
    var plan = t.plan(run);

    assertThat(call(turn(run, plan, 1))).isInstanceOf(Halt.NoKey.class);
    t.pool.clock.tick(Duration.ofMinutes(5));
    assertThat(answeredBy(call(turn(run, plan, 1)))).isEqualTo("key1");
  }

  private UUID[] excluded(RunFence run) {
    return t.pool.database.read(
        dsl ->
            dsl.select(RUNS.EXCLUDED)
                .from(RUNS)
                .where(RUNS.ID.eq(run.runId()))
                .fetchSingle(RUNS.EXCLUDED));
  }
}

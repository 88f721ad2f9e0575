package dev.keywheel.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.search.KeyHistory;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.Usage;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.support.ScriptedUpstream;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A key that fails for a model for which other keys work. */
class ModelFailuresTest extends CallsThroughPool {
  private static final Instant NOW = Instant.parse("2026-03-10T14:25:36Z");
  private static final CallMetadata TRACE =
      new CallMetadata(
          new Evidence(NOW, "chat", 429, "R17", "busy", Map.of(), null),
          5,
          Usage.NONE,
          new byte[0]);
  private static final CallOutcome BUSY =
      new CallOutcome.ModelError(ModelErrorKind.UPSTREAM_LIMITED, null, TRACE);
  private static final CallOutcome ANSWER =
      new CallOutcome.Answer("text", false, "stop", null, "m", TRACE);

  private static final PoolId POOL = new PoolId(new UUID(1, 1), "openrouter");

  private final ModelFailures failures = new ModelFailures();
  private Instant now = NOW;

  private boolean setsAside(int key, CallOutcome outcome) {
    return setsAside(POOL, key, outcome);
  }

  private boolean setsAside(PoolId pool, int key, CallOutcome outcome) {
    now = now.plusSeconds(1);
    return failures.record(pool, new UUID(0, key), "account" + key, "m", outcome, now).isPresent();
  }

  @Test
  void a_key_that_fails_five_times_while_two_others_are_answered_is_excluded() {
    for (int i = 0; i < 4; i++) {
      setsAside(2 + i % 2, ANSWER);
      assertThat(setsAside(1, BUSY)).isFalse();
    }
    setsAside(2, ANSWER);
    assertThat(setsAside(1, BUSY)).isTrue();
  }

  @Test
  void answers_to_keys_of_another_workspace_or_provider_set_no_key_aside() {
    var otherWorkspace = new PoolId(new UUID(1, 2), "openrouter");
    var otherProvider = new PoolId(new UUID(1, 1), "other");
    for (int i = 0; i < 30; i++) {
      setsAside(otherWorkspace, 2 + i % 2, ANSWER);
      setsAside(otherProvider, 4 + i % 2, ANSWER);
      assertThat(setsAside(1, BUSY)).isFalse();
    }
  }

  @Test
  void a_large_pool_keeps_only_the_latest_answers_of_a_model() {
    for (int key = 2; key < 10_000; key++) {
      setsAside(key, ANSWER);
    }
    assertThat(failures.answersKept()).isEqualTo(ModelFailures.MAX_ACCOUNTS);
    for (int i = 0; i < 4; i++) {
      assertThat(setsAside(1, BUSY)).isFalse();
      setsAside(2 + i % 2, ANSWER);
    }
    assertThat(setsAside(1, BUSY)).isTrue();
  }

  @Test
  void a_model_busy_for_all_keys_sets_no_key_aside() {
    setsAside(2, ANSWER);
    setsAside(3, ANSWER);
    for (int i = 0; i < 30; i++) {
      assertThat(setsAside(1 + i % 4, BUSY)).isFalse();
    }
  }

  @Test
  void an_answer_clears_the_failures_of_its_key() {
    for (int i = 0; i < 20; i++) {
      setsAside(2 + i % 2, ANSWER);
      assertThat(setsAside(1, i % 4 == 3 ? ANSWER : BUSY)).isFalse();
    }
  }

  @Test
  void a_key_excluded_for_a_model_stays_in_use_for_others() {
    t.pool.add(9);
    t.upstream.calls("key1", ScriptedUpstream.upstream429());
    var run = t.run();
    var plan = t.plan(run);
    for (int i = 0; i < ModelFailures.MIN_FAILURES; i++) {
      call(context(run, plan, 2 + i % 3));
      t.pool.clock.tick(Duration.ofSeconds(1));
      assertThat(kind(call(context(run, plan, 1)))).isEqualTo("model:upstream_limited");
      t.pool.clock.tick(Duration.ofSeconds(1));
    }

    assertThat(answeredBy(call(context(run, plan, 1)))).isEqualTo("key8");
    t.upstream.calls("key1", ScriptedUpstream.ok());
    t.pool.clock.tick(Duration.ofSeconds(1));
    assertThat(answeredBy(t.calls.call(context(run, plan, 1), spec(AttemptCause.FIRST, PAID, 100))))
        .isEqualTo("key1");

    assertThat(key("key1").status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(callLines(run))
        .contains(
            "🚧 Key key1 is skipped for model test/model:free until 2026-03-10 15:25:45 UTC:"
                + " 5 calls in a row failed while keys of 3 other accounts were answered. It stays"
                + " in use for other models.",
            "🔁 Found replacement: key8 for Meta & Toc Generator (was key1, skipped for model"
                + " test/model:free)");
    var page =
        new KeyHistory(t.pool.database)
            .get(t.pool.workspace, key("key1").id(), KeyHistory.Before.NOW);
    assertThat(page.exclusions()).extracting(a -> a.model()).containsExactly(FREE);
    t.pool.clock.tick(Duration.ofHours(2));
    assertThat(answeredBy(call(context(run, plan, 1)))).isEqualTo("key1");
  }

  @Test
  void an_excluded_key_serves_the_model_when_it_is_the_only_one_left() {
    var keys = t.pool.add(1);
    t.pool.database.runTx(
        tx -> KeyModels.exclude(tx, keys.getFirst(), FREE, "No answer.", t.pool.clock.instant()));
    var run = t.run();
    assertThat(answeredBy(call(context(run, t.plan(run), 1)))).isEqualTo("key1");
  }
}

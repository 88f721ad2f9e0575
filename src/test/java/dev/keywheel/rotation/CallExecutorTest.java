package dev.keywheel.rotation;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.OPERATIONS;
import static dev.keywheel.db.schema.Tables.RUNS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Json;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.log.LogEntry;
import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.RawReplies;
import dev.keywheel.run.RunFence;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.TestWheel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("full")
class CallExecutorTest extends CallsThroughPool {
  @Test
  void the_log_truncates_the_duration_of_a_call_as_the_pages_do() {
    t.pool.add(1);
    var run = t.run();
    var context = context(run, t.plan(run), 1);
    var answered = (CallResult.Answered) call(context);
    var answer = answered.answer();
    var metadata = answer.metadata();
    var slow =
        new CallOutcome.Answer(
            answer.text(),
            answer.cut(),
            answer.finish(),
            answer.image(),
            answer.model(),
            new CallMetadata(metadata.evidence(), 59_960, metadata.usage(), metadata.raw()));

    assertThat(RotationLogMessages.answered(context, answered.attempt(), slow).message())
        .contains(" after 59.9 s, ");
  }

  @Test
  void an_answer_and_its_cost_are_each_recorded_once() {
    t.pool.add(9);
    var run = t.run();
    var context = context(run, t.plan(run), 1);

    var result = call(context);

    assertThat(((CallResult.Answered) result).answer().text()).isEqualTo("Here it is.");
    assertThat(t.attempts(run)).containsExactly("1.1 first key1 ok answer");
    assertThat(callLines(run))
        .hasSize(3)
        .startsWith(
            "🔄 Rotating to key: key1 (operation 1/7)",
            "🔄 Executing Meta & Toc Generator with key: key1 (Round-Robin #1)");
    assertThat(callLines(run).getLast())
        .matches("📨 Meta & Toc Generator: answer from test/model:free after \\d+ ms, 150 tokens");
    t.pool.database.read(
        dsl -> {
          var attempt = dsl.selectFrom(ATTEMPTS).fetchSingle();
          assertThat(attempt.get(ATTEMPTS.PROMPT_TOKENS)).isEqualTo(100);
          assertThat(attempt.get(ATTEMPTS.COST)).isEqualByComparingTo("0.002");
          assertThat(attempt.get(ATTEMPTS.EVIDENCE).data()).contains("\"gen-1\"");
          assertThat(attempt.get(ATTEMPTS.HTTP_STATUS)).isEqualTo(200);
          assertThat(attempt.get(ATTEMPTS.SEQ)).isEqualTo(context.plan().seatOf(1).seq());
          assertThat(new String(RawReplies.expand(attempt.get(ATTEMPTS.RAW)), UTF_8))
              .contains("Here it is.");
          assertThat(Json.text(attempt.get(ATTEMPTS.EVIDENCE).data()))
              .doesNotContain("sk-or-v1-test");
          var row = dsl.selectFrom(RUNS).fetchSingle();
          assertThat(row.get(RUNS.CALLS)).isEqualTo(1);
          assertThat(row.get(RUNS.TOKENS)).isEqualTo(150);
          assertThat(row.get(RUNS.COST)).isEqualByComparingTo("0.002");
          var operation = dsl.selectFrom(OPERATIONS).where(OPERATIONS.ORDINAL.eq(1)).fetchSingle();
          assertThat(operation.get(OPERATIONS.USED_KEY_NAME)).isEqualTo("key1");
          assertThat(operation.get(OPERATIONS.MODEL)).isEqualTo(FREE);
          return null;
        });
    assertThat(key("key1").calls()).isEqualTo(1);
    assertThat(key("key1").callsOk()).isEqualTo(1);
    assertThat(key("key1").tokens()).isEqualTo(150);
  }

  @Test
  void eight_operations_use_seven_keys_in_order_and_the_eighth_reuses_the_first() {
    t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    for (int ordinal : List.of(1, 8, 5, 2, 7, 3, 6, 4)) {
      assertThat(answeredBy(call(context(run, plan, ordinal))))
          .isEqualTo("key" + (ordinal == 8 ? 1 : ordinal));
    }
    assertThat(t.upstream.keys())
        .containsExactly("key1", "key1", "key5", "key2", "key7", "key3", "key6", "key4");
    assertThat(t.upstream.checked()).isEmpty();
    assertThat(callLines(run))
        .contains(
            "🔄 Rotating to key: key1 (operation 8, cycles back)",
            "🔄 Executing Image Generation with key: key1 (Round-Robin #8)",
            "🔄 Rotating to key: key7 (operation 7/7)");
  }

  @Test
  void with_six_keys_operation_seven_uses_the_first_key_and_operation_eight_the_second() {
    t.pool.add(6);
    var run = t.run();
    var plan = t.plan(run);
    assertThat(answeredBy(call(context(run, plan, 7)))).isEqualTo("key1");
    assertThat(answeredBy(call(context(run, plan, 8)))).isEqualTo("key2");
    assertThat(callLines(run))
        .contains(
            "🔄 Rotating to key: key1 (operation 7/7)",
            "🔄 Rotating to key: key2 (operation 8, cycles back)");
  }

  @Test
  void further_calls_of_an_operation_use_the_same_key() {
    t.pool.add(9);
    var run = t.run();
    var context = context(run, t.plan(run), 2);
    call(context);
    assertThat(answeredBy(t.calls.call(context, spec(AttemptCause.REASK, FREE, 100))))
        .isEqualTo("key2");
    assertThat(answeredBy(t.calls.call(context, spec(AttemptCause.CONTINUATION, FREE, 100))))
        .isEqualTo("key2");
    assertThat(t.attempts(run))
        .containsExactly(
            "2.1 first key2 ok answer",
            "2.2 reask key2 ok answer",
            "2.3 continuation key2 ok answer");
    assertThat(t.lines(run, "key.rotate")).hasSize(1);
    assertThat(t.lines(run, "op.executing")).hasSize(3);
  }

  @Test
  void a_truncated_answer_is_returned_and_stored_as_cut() {
    t.pool.add(9);
    t.upstream.calls("key5", ScriptedUpstream.cut());
    var run = t.run();
    var result = (CallResult.Answered) call(context(run, t.plan(run), 5));
    assertThat(result.answer().cut()).isTrue();
    assertThat(t.attempts(run)).containsExactly("5.1 first key5 cut answer");
  }

  @Test
  void a_limited_key_is_marked_and_replaced_and_other_operations_keep_theirs() {
    t.pool.add(9);
    long reset = t.pool.clock.instant().plus(Duration.ofHours(3)).toEpochMilli();
    t.upstream.calls("key3", ScriptedUpstream.daily429(reset));
    var run = t.run();
    var plan = t.plan(run);

    assertThat(answeredBy(call(context(run, plan, 3)))).isEqualTo("key8");
    assertThat(answeredBy(call(context(run, plan, 4)))).isEqualTo("key4");

    assertThat(key("key3").status()).isEqualTo(KeyStatus.RATE_LIMITED);
    assertThat(key("key3").until()).isEqualTo("2026-03-10T17:25:36.500Z");
    assertThat(t.attempts(run).subList(0, 2))
        .containsExactly(
            "3.1 first key3 http_error key_limited:free_daily", "3.2 replacement key8 ok answer");
    assertThat(callLines(run))
        .contains(
            "⚠️ Error in Tool Validator with key key3: 429 daily free limit",
            "⛔ Key key3 marked as rate_limited until 2026-03-10 17:25:36 UTC",
            "🔁 Found replacement: key8 for Tool Validator (was key3)",
            "🔄 Rotating to key: key8 (operation 3/7)",
            "🔄 Executing Tool Validator with key: key8 (Round-Robin #3)");
    assertThat(TestWheel.names(t.plan(t.run()))).startsWith("key9", "key1", "key2", "key4");
  }

  @Test
  void a_key_that_became_unusable_before_its_turn_is_replaced_before_the_call() {
    var keys = t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    t.limit(keys.get(1), LimitClass.ALL);
    t.fail(keys.get(2));
    assertThat(answeredBy(call(context(run, plan, 2)))).isEqualTo("key8");
    assertThat(answeredBy(call(context(run, plan, 3)))).isEqualTo("key9");
    assertThat(t.upstream.keys()).containsExactly("key8", "key9");
    assertThat(callLines(run))
        .contains(
            "🔁 Found replacement: key8 for Tool Generator (was key2, rate_limited)",
            "🔁 Found replacement: key9 for Tool Validator (was key3, failed)");
    assertThat(t.attempts(run))
        .containsExactly("2.1 replacement key8 ok answer", "3.1 replacement key9 ok answer");
  }

  @Test
  void a_key_limited_for_paid_models_still_serves_free_models() {
    var keys = t.pool.add(9);
    var run = t.run();
    var plan = t.plan(run);
    t.limit(keys.get(0), LimitClass.PAID);
    assertThat(answeredBy(call(context(run, plan, 1)))).isEqualTo("key1");
    assertThat(answeredBy(t.calls.call(context(run, plan, 8), spec(AttemptCause.FIRST, PAID, 100))))
        .isEqualTo("key8");
    assertThat(callLines(run))
        .contains(
            "🔁 Found replacement: key8 for Image Generation (was key1, limited for paid models)");
  }

  @Test
  void a_key_refused_twice_by_the_check_is_failed_and_excluded_from_the_run() {
    t.pool.add(9);
    t.upstream.calls("key1", ScriptedUpstream.unauthorized());
    t.upstream.checks("key1", ScriptedUpstream.unauthorized());
    var run = t.run();
    assertThat(answeredBy(call(context(run, t.plan(run), 1)))).isEqualTo("key8");
    assertThat(t.upstream.checked()).containsExactly("key1", "key1");
    assertThat(key("key1").status()).isEqualTo(KeyStatus.FAILED);
    assertThat(t.attempts(run))
        .containsExactly("1.1 first key1 http_error key_suspect", "1.2 replacement key8 ok answer");
    assertThat(callLines(run))
        .contains(
            "⚠️ Error in Meta & Toc Generator with key key1: 401 key refused",
            "⛔ Key key1 marked as failed",
            "🔁 Found replacement: key8 for Meta & Toc Generator (was key1)");
    assertThat(excluded(run)).containsExactly(key("key1").id());
  }

  @Test
  void a_key_that_passes_the_check_after_a_401_is_tried_once_more_and_stays_active() {
    t.pool.add(9);
    t.upstream.calls("key1", ScriptedUpstream.unauthorized(), ScriptedUpstream.ok());
    t.upstream.calls("key2", ScriptedUpstream.unauthorized());
    var run = t.run();
    var plan = t.plan(run);
    assertThat(answeredBy(call(context(run, plan, 1)))).isEqualTo("key1");
    assertThat(answeredBy(call(context(run, plan, 2)))).isEqualTo("key8");
    assertThat(t.upstream.keys()).containsExactly("key1", "key1", "key2", "key2", "key8");
    assertThat(t.upstream.checked()).containsExactly("key1", "key2");
    assertThat(key("key1").status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(key("key2").status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(excluded(run)).isEmpty();
    assertThat(callLines(run))
        .contains(
            "🔎 Key key1 was refused and passes the key check: trying it once more",
            "⏭️ Key key2 is not used for now: refused again, though it passes the check");
  }

  @Test
  void each_key_is_tried_once_and_then_the_operation_waits_until_a_given_time() {
    t.pool.add(3);
    for (var name : List.of("key1", "key2", "key3")) {
      t.upstream.calls(name, ScriptedUpstream.noCredit());
    }
    var run = t.run();
    var plan = t.plan(run);
    var result = t.calls.call(context(run, plan, 2), spec(AttemptCause.FIRST, PAID, 1_000));
    assertThat(result).isInstanceOf(Halt.NoKey.class);
    assertThat(((Halt.NoKey) result).nextTry()).isAfter(t.pool.clock.instant());
    assertThat(t.upstream.keys()).containsExactly("key2", "key1", "key3");
    assertThat(callLines(run).getLast())
        .startsWith("⏳ Tool Generator waits, next try at 2026-03-10");
  }

  @Test
  void a_failure_that_is_not_the_keys_fault_changes_no_key() {
    t.pool.add(9);
    t.upstream.calls(
        "key1",
        ScriptedUpstream.upstream429(),
        ScriptedUpstream.moderation(),
        ScriptedUpstream.empty(),
        ScriptedUpstream.server502(),
        ScriptedUpstream.html());
    var run = t.run();
    var context = context(run, t.plan(run), 1);
    var kinds = new ArrayList<String>();
    for (int i = 0; i < 5; i++) {
      kinds.add(kind(t.calls.call(context, spec(AttemptCause.RETRY, FREE, 1_000))));
    }
    assertThat(kinds)
        .containsExactly(
            "model:upstream_limited",
            "request:moderation",
            "model:empty",
            "transient:server",
            "unreachable:html_answer");
    assertThat(t.upstream.keys()).containsOnly("key1").hasSize(5);
    assertThat(t.upstream.checked()).isEmpty();
    assertThat(t.pool.pool.status().counts(t.pool.id).active()).isEqualTo(9);
    assertThat(t.attempts(run)).allMatch(line -> line.contains("http_error")).hasSize(5);
  }

  @Test
  void an_operation_may_switch_to_the_next_key_voluntarily() {
    t.pool.add(9);
    var run = t.run();
    var context = context(run, t.plan(run), 1);
    call(context);
    var call = spec(AttemptCause.RETRY, FREE, 100);
    var other =
        new CallSpec(
            call.cause(), FREE, 100, call.leastTokens(), call.requestHash(), true, call.call());
    assertThat(answeredBy(t.calls.call(context, other))).isEqualTo("key8");
    assertThat(t.attempts(run).getLast()).isEqualTo("1.2 retry key8 ok answer");
    assertThat(key("key1").status()).isEqualTo(KeyStatus.ACTIVE);
  }

  @Test
  void
      a_request_too_expensive_for_a_key_is_repeated_once_with_fewer_tokens_then_with_another_key() {
    t.pool.add(9);
    t.upstream.calls("key1", ScriptedUpstream.afford(800), ScriptedUpstream.ok());
    t.upstream.calls("key2", ScriptedUpstream.afford(300));
    var run = t.run();
    var plan = t.plan(run);
    var first =
        (CallResult.Answered)
            t.calls.call(context(run, plan, 1), spec(AttemptCause.FIRST, PAID, 1_000));
    assertThat(first.attempt().maxTokens()).isEqualTo(720);
    var second = t.calls.call(context(run, plan, 2), spec(AttemptCause.FIRST, PAID, 1_000));
    assertThat(answeredBy(second)).isEqualTo("key8");
    assertThat(t.upstream.received())
        .containsExactly(
            new ScriptedUpstream.Call("key1", PAID, 1_000),
            new ScriptedUpstream.Call("key1", PAID, 720),
            new ScriptedUpstream.Call("key2", PAID, 1_000),
            new ScriptedUpstream.Call("key8", PAID, 1_000));
    assertThat(key("key1").status()).isEqualTo(KeyStatus.ACTIVE);
  }

  @Test
  void two_unattributed_429s_of_different_accounts_in_a_row_limit_no_key() {
    t.pool.add(9);
    for (int i = 1; i <= 9; i++) {
      t.upstream.calls("key" + i, ScriptedUpstream.bare429());
    }
    var run = t.run();
    assertThat(kind(call(context(run, t.plan(run), 1)))).isEqualTo("model:upstream_limited");
    assertThat(t.upstream.keys()).containsExactly("key1", "key8");
    assertThat(key("key8").status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(key("key1").status()).isEqualTo(KeyStatus.ACTIVE);
  }

  @Test
  void three_accounts_failing_the_same_way_pause_the_pool_and_change_no_key() {
    t.pool.add(9);
    for (int i = 1; i <= 9; i++) {
      t.upstream.calls("key" + i, ScriptedUpstream.html());
    }
    var run = t.run();
    var plan = t.plan(run);
    assertThat(kind(call(context(run, plan, 1)))).isEqualTo("unreachable:html_answer");
    assertThat(kind(call(context(run, plan, 2)))).isEqualTo("unreachable:html_answer");
    var third = call(context(run, plan, 3));
    var until = t.pool.clock.instant().plusSeconds(30);
    assertThat(third).isEqualTo(new Halt.NoKey(until, "a web page instead of an answer"));
    assertThat(call(context(run, plan, 4)))
        .isEqualTo(new Halt.NoKey(until, "a web page instead of an answer"));
    assertThat(t.upstream.received()).hasSize(3);
    assertThat(t.pool.pool.status().counts(t.pool.id).active()).isEqualTo(9);
    assertThat(t.upstream.checked()).isEmpty();
    t.pool.clock.tick(Duration.ofSeconds(31));
    t.upstream.calls("key4", ScriptedUpstream.ok());
    assertThat(answeredBy(call(context(run, plan, 4)))).isEqualTo("key4");
  }

  @Test
  void nothing_is_sent_after_the_deadline() {
    t.pool.add(9);
    var run = t.run();
    var context = context(run, t.plan(run), 1);
    t.pool.clock.tick(Duration.ofMinutes(4));
    assertThat(call(context)).isEqualTo(new CallResult.OutOfTime());
    assertThat(t.upstream.received()).isEmpty();
    assertThat(t.attempts(run)).isEmpty();
  }

  @Test
  void the_attempts_are_exactly_what_the_provider_received() throws Exception {
    t.pool.add(12);
    t.upstream.calls("key2", ScriptedUpstream.noCredit());
    t.upstream.calls("key3", ScriptedUpstream.unauthorized());
    t.upstream.checks("key3", ScriptedUpstream.unauthorized());
    t.upstream.calls("key5", ScriptedUpstream.server502(), ScriptedUpstream.ok());
    var run = t.run();
    var plan = t.plan(run);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 1; i <= 8; i++) {
        int ordinal = i;
        threads.submit(
            () -> t.calls.call(context(run, plan, ordinal), spec(AttemptCause.FIRST, PAID, 99)));
      }
    }
    var sent =
        t.pool.database.read(
            dsl -> dsl.select(ATTEMPTS.KEY_NAME).from(ATTEMPTS).fetch(ATTEMPTS.KEY_NAME));
    assertThat(sent).containsExactlyInAnyOrderElementsOf(t.upstream.keys()).hasSize(10);
    assertThat(t.lines(run, "op.executing")).hasSize(10);
    assertThat(t.log.after(t.pool.workspace, run.runId(), 0, 1_000).stream().map(LogEntry::seq))
        .isSorted()
        .doesNotHaveDuplicates();
  }

  private List<UUID> excluded(RunFence run) {
    return t.pool.database.read(
        dsl ->
            List.of(
                dsl.select(RUNS.EXCLUDED)
                    .from(RUNS)
                    .where(RUNS.ID.eq(run.runId()))
                    .fetchSingle(RUNS.EXCLUDED)));
  }
}

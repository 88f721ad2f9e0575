package dev.keywheel.rotation;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.provider.ChatMessage;
import dev.keywheel.provider.ChatRequest;
import dev.keywheel.provider.MessageRole;
import dev.keywheel.provider.ReplyFormat;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.run.Plan;
import dev.keywheel.run.RunFence;
import dev.keywheel.support.TestWheel;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;

/** Common set-up for tests of calls through the pool. */
abstract class CallsThroughPool {
  static final String FREE = "test/model:free";
  static final String PAID = "test/model";

  @AutoClose final TestWheel t = new TestWheel();

  CallContext context(RunFence run, Plan plan, int ordinal) {
    var now = t.pool.clock.instant();
    return t.calls.open(
        run,
        plan,
        ordinal,
        TestWheel.OPERATION_NAMES.get(ordinal - 1),
        7,
        now,
        now.plus(Duration.ofMinutes(4)));
  }

  static CallSpec spec(AttemptCause attemptCause, String model, int maxTokens) {
    return new CallSpec(
        attemptCause,
        model,
        maxTokens,
        "hash",
        (provider, key, tokens, left) ->
            provider.chat(
                key,
                new ChatRequest(
                    model,
                    List.of(new ChatMessage(MessageRole.USER, "Hello")),
                    tokens,
                    0.5,
                    new ReplyFormat.Text(),
                    left.compareTo(Duration.ofSeconds(20)) < 0 ? left : Duration.ofSeconds(20))));
  }

  CallResult call(CallContext context) {
    return t.calls.call(context, spec(AttemptCause.FIRST, FREE, 1_000));
  }

  ApiKey key(String name) {
    return t.pool.key(
        t.pool.database.read(
            dsl ->
                dsl.select(API_KEYS.ID)
                    .from(API_KEYS)
                    .where(API_KEYS.NAME.eq(name))
                    .fetchSingle(API_KEYS.ID)));
  }

  static String answeredBy(CallResult result) {
    assertThat(result).isInstanceOf(CallResult.Answered.class);
    return ((CallResult.Answered) result).attempt().keyName();
  }

  static String kind(CallResult result) {
    assertThat(result).isInstanceOf(CallResult.Failed.class);
    return OutcomeText.code(((CallResult.Failed) result).failure());
  }

  /** The run's log without the lines about its plan. */
  List<String> callLines(RunFence run) {
    return t.text(run).stream()
        .filter(line -> !line.matches("^(🎯|🔑|✅|🗺️|❌|⚠️ Only).*"))
        .toList();
  }
}

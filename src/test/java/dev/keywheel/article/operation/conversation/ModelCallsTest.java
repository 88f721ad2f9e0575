package dev.keywheel.article.operation.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.conversation.ConversationResult.Failed;
import dev.keywheel.article.operation.conversation.ConversationResult.Halted;
import dev.keywheel.log.LogLine;
import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import dev.keywheel.provider.Usage;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.Halt;
import dev.keywheel.run.Attempt;
import dev.keywheel.run.AttemptCause;
import dev.keywheel.support.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which model is called after a failure. The name of a model says what it does: it answers, hangs,
 * or gives nothing.
 */
class ModelCallsTest {
  private final NamedModels caller = new NamedModels();

  private ConversationResult<Answer> ask(String... names) {
    var models = new ModelQueue(List.of(names), Catalogue.unknown());
    var patience = caller.timeLeft();
    return new ModelCalls(
            Operation.FAQ,
            models,
            caller,
            ModelCallsTest::sameRequest,
            patience,
            0,
            AttemptCause.FIRST)
        .ask();
  }

  @Test
  void after_a_time_out_the_next_model_is_called_with_another_key() {
    assertThat(ask("hangs-1", "answers")).isInstanceOf(ConversationResult.Usable.class);
    assertThat(caller.called).containsExactly("hangs-1", "answers with another key");
    assertThat(caller.lines)
        .containsExactly(
            "🔀 Model hangs-1 did not answer in time, trying answers with another key");
  }

  @Test
  void a_key_that_never_answers_does_not_fail_the_operation() {
    caller.keyHangs = true;
    assertThat(ask("answers-1", "answers-2")).isInstanceOf(ConversationResult.Usable.class);
    assertThat(caller.called).containsExactly("answers-1", "answers-2 with another key");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hangs-1 hangs-2", "hangs-1 hangs-2 answers"})
  void a_deadline_names_the_models_that_did_not_answer_and_no_other_one(String names) {
    assertThat(ask(names.split(" ")))
        .isEqualTo(
            new Failed<>(
                OperationError.DEADLINE,
                "Model hangs-1 did not answer in time. Model hangs-2 did not answer in time."));
    assertThat(caller.called).containsExactly("hangs-1", "hangs-2 with another key");
    assertThat(caller.lines).hasSize(1);
  }

  @Test
  void a_run_that_stops_interrupts_an_operation_even_after_its_deadline() {
    caller.stopped = true;
    caller.now = TestClock.START.plus(Duration.ofMinutes(5));
    assertThat(ask("answers")).isEqualTo(new Halted<>(new Halt.Interrupted()));
    assertThat(caller.called).isEmpty();
  }

  @Test
  void a_time_out_of_the_only_model_is_followed_by_another_key() {
    assertThat(ask("hangs-1"))
        .isEqualTo(
            new Failed<>(
                OperationError.MODEL,
                "Model hangs-1 did not answer in time, and no other model is left to try; add one in"
                    + " Settings → Models."));
    assertThat(caller.called).containsExactly("hangs-1", "hangs-1 with another key");
  }

  @Test
  void after_an_empty_answer_the_next_model_is_called_or_the_only_one_again() {
    assertThat(ask("empty-1", "answers")).isInstanceOf(ConversationResult.Usable.class);
    assertThat(ask("empty-2")).isInstanceOf(Failed.class);
    assertThat(caller.called).containsExactly("empty-1", "answers", "empty-2", "empty-2");
    assertThat(caller.lines.getFirst()).contains("Model empty-1 gave no answer, only tool calls");
  }

  @Test
  void only_a_truncated_text_has_blocks_left_to_write() {
    var cut = "✂️ %s cut at 900 tokens, continuing";
    assertThat(Arrays.stream(Operation.values()).map(o -> new OperationLogMessages(o).cut(2, 900)))
        .extracting(lines -> lines.getFirst().message())
        .contains(
            cut.formatted(Operation.META.label()),
            cut.formatted(Operation.TOOL.label()),
            cut.formatted(Operation.FAQ.label()) + " with 2 blocks to write");
  }

  private static CallSpec sameRequest(AttemptCause attemptCause, String model, boolean otherKey) {
    return new CallSpec(
        attemptCause,
        model,
        0,
        0,
        "hash",
        otherKey,
        (_, _, _, _) -> {
          throw new AssertionError("no provider");
        });
  }

  /** Calls that take no time, except those to models that hang until the time limit. */
  private static final class NamedModels implements Caller {
    private static final Duration CALL_LIMIT = Duration.ofSeconds(150);

    private final List<String> called = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private Instant now = TestClock.START;
    private boolean keyHangs;
    private boolean stopped;

    @Override
    public CallResult call(CallSpec spec) {
      var model = spec.model();
      keyHangs &= !spec.otherKey();
      called.add(model + (spec.otherKey() ? " with another key" : ""));
      var attempt = new Attempt(called.size(), called.size(), UUID.randomUUID(), "key", model, 0);
      if (keyHangs || model.startsWith("hangs")) {
        now = now.plus(timeLeft().compareTo(CALL_LIMIT) < 0 ? timeLeft() : CALL_LIMIT);
        return new CallResult.Failed(new TimedOut(metadata()), attempt);
      }
      return model.startsWith("empty")
          ? new CallResult.Failed(
              new ModelError(ModelErrorKind.ONLY_TOOL_CALLS, null, metadata()), attempt)
          : new CallResult.Answered(
              new Answer("text", false, "stop", null, model, metadata()), attempt);
    }

    private CallMetadata metadata() {
      var evidence = new Evidence(now, "chat", null, "", "", Map.of(), null);
      return new CallMetadata(evidence, 0, Usage.NONE, new byte[0]);
    }

    @Override
    public boolean stopped() {
      return stopped;
    }

    @Override
    public Optional<Halt> await(Duration wait) {
      now = now.plus(wait);
      return Optional.empty();
    }

    @Override
    public Optional<Halt> waitForModel(Duration wait, String why) {
      return await(wait);
    }

    @Override
    public Instant now() {
      return now;
    }

    @Override
    public Duration timeLeft() {
      return Duration.between(now, TestClock.START.plus(Duration.ofMinutes(4)));
    }

    @Override
    public Optional<String> reachedRunLimit() {
      return Optional.empty();
    }

    @Override
    public void markUnusable(Attempt attempt) {}

    @Override
    public void log(List<LogLine> logLines) {
      logLines.forEach(line -> lines.add(line.message()));
    }

    @Override
    public void recordFailure(String model, ModelFailure failure) {}

    @Override
    public void recordAvailable(String model) {}
  }
}

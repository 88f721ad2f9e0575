package dev.keywheel.article.operation.conversation;

import static dev.keywheel.article.operation.conversation.TeaForTwo.ARTICLE_REQUEST;
import static dev.keywheel.article.operation.conversation.TeaForTwo.blocks;
import static dev.keywheel.article.operation.conversation.TeaForTwo.plan;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.text.SectionOperation;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.log.LogLine;
import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.ModelError;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Conversations that end while they wait for a model. */
class ConversationTest {
  private static final String TOO_SHORT =
      blocks(Map.of("s1-1", "It steeps for long.", "s1-2", "It holds two cups."));

  private final StoppingCaller caller = new StoppingCaller();

  @Test
  void a_run_that_stops_during_the_wait_for_another_model_keeps_no_faulty_text() {
    var operation = new SectionOperation(ARTICLE_REQUEST, plan(), 1, new Texts(Map.of()));
    var models = new ModelQueue(List.of("good", "other"), Catalogue.unknown());
    var conversation = new Conversation<>(operation, models, caller, AttemptCause.FIRST);

    assertThat(conversation.run())
        .isEqualTo(new ConversationResult.Halted<>(new Halt.Interrupted()));
    assertThat(caller.called).containsExactly("good", "other", "good", "good");
  }

  @Test
  void an_operation_without_a_usable_text_waits_for_a_key() {
    var operation = new SectionOperation(ARTICLE_REQUEST, plan(), 1, new Texts(Map.of()));
    var models = new ModelQueue(List.of("good"), Catalogue.unknown());
    caller.keyless = new Halt.NoKey(TestClock.START.plusSeconds(60), "No key is active.");

    assertThat(new Conversation<>(operation, models, caller, AttemptCause.FIRST).run())
        .isEqualTo(new ConversationResult.Halted<>(caller.keyless));
    assertThat(caller.called).as("the answer had no block").hasSize(2);
  }

  /**
   * Both models are busy at first, then one gives texts that are too short; the second wait is
   * interrupted.
   */
  private static final class StoppingCaller implements Caller {
    private final List<String> called = new ArrayList<>();
    private Instant now = TestClock.START;
    private int waits;

    /** The result of every call after an unusable first answer; null for the busy models. */
    private Halt.@Nullable NoKey keyless;

    @Override
    public CallResult call(CallSpec spec) {
      called.add(spec.model());
      var attempt =
          new Attempt(called.size(), called.size(), UUID.randomUUID(), "key", spec.model(), 0);
      if (keyless != null) {
        return called.size() > 1 ? keyless : answered("No block.", attempt);
      }
      return called.size() > 2
          ? answered(TOO_SHORT, attempt)
          : new CallResult.Failed(
              new ModelError(
                  ModelErrorKind.UPSTREAM_LIMITED,
                  Duration.ofSeconds(20L * called.size()),
                  metadata()),
              attempt);
    }

    private CallResult answered(String text, Attempt attempt) {
      return new CallResult.Answered(
          new Answer(text, false, "stop", null, attempt.model(), metadata()), attempt);
    }

    private CallMetadata metadata() {
      var evidence = new Evidence(now, "chat", null, "", "", Map.of(), null);
      return new CallMetadata(evidence, 0, Usage.NONE, new byte[0]);
    }

    @Override
    public Optional<Halt> waitForModel(Duration wait, String why) {
      waits++;
      return waits > 1 ? Optional.of(new Halt.Interrupted()) : await(wait);
    }

    @Override
    public boolean stopped() {
      return false;
    }

    @Override
    public Optional<Halt> await(Duration wait) {
      now = now.plus(wait);
      return Optional.empty();
    }

    @Override
    public Instant now() {
      return now;
    }

    @Override
    public Duration timeLeft() {
      return Duration.ofMinutes(4);
    }

    @Override
    public Optional<String> reachedRunLimit() {
      return Optional.empty();
    }

    @Override
    public void markUnusable(Attempt attempt) {}

    @Override
    public void log(List<LogLine> lines) {}

    @Override
    public void recordFailure(String model, ModelFailure failure) {}

    @Override
    public void recordAvailable(String model) {}
  }
}

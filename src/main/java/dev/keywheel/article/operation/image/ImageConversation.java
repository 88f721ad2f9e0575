package dev.keywheel.article.operation.image;

import dev.keywheel.article.operation.conversation.Caller;
import dev.keywheel.article.operation.conversation.ConversationResult;
import dev.keywheel.article.operation.conversation.ConversationResult.Failed;
import dev.keywheel.article.operation.conversation.ConversationResult.Halted;
import dev.keywheel.article.operation.conversation.ModelCalls;
import dev.keywheel.article.operation.conversation.ModelFailure;
import dev.keywheel.article.operation.conversation.ModelQueue;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.OperationError;
import dev.keywheel.article.operation.conversation.PromptText;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.db.Sha256;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.ImageRequest;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.Halt;
import dev.keywheel.run.Attempt;
import dev.keywheel.run.AttemptCause;
import java.time.Duration;
import java.util.Map;

/**
 * Requests an image from image models within the call limit of an operation; answers are not
 * corrected. Used by one thread.
 */
public final class ImageConversation {
  private static final String ASPECT_RATIO = "16:9";
  private static final Duration CALL_DEADLINE = Duration.ofMinutes(2);

  /** Minimum token limit of a call. An image of the usual size takes about 1,290 tokens. */
  private static final int MIN_TOKENS = 1_300;

  /** Maximum total wait for models. A locally drawn cover is better than a longer wait. */
  private static final Duration MAX_WAIT = Duration.ofMinutes(1);

  private final String prompt;
  private final Caller caller;
  private final ModelCalls calls;

  public ImageConversation(String prompt, ModelQueue models, Caller caller, AttemptCause first) {
    this.prompt = prompt;
    this.caller = caller;
    this.calls = new ModelCalls(Operation.IMAGE, models, caller, this::spec, MAX_WAIT, 0, first);
  }

  /** The prompt for the picture of a plan. */
  public static String prompt(PagePlan plan, String instruction) {
    var wish = instruction.isEmpty() ? "" : "\n" + instruction;
    return PromptText.of("image").user(Map.of("prompt", plan.image().prompt() + wish));
  }

  /** Requests the image. A missing key is a failure, so that the run does not wait for a key. */
  public ConversationResult<Answer> ask() {
    return switch (calls.ask()) {
      case Halted<Answer>(Halt.NoKey noKey) ->
          new Failed<>(
              OperationError.NO_KEY, "No key could be used for an image model: " + noKey.why());
      case ConversationResult<Answer> result -> result;
    };
  }

  /**
   * Asks the next model after an unusable image.
   *
   * @param reason the reason, as a sentence
   */
  public ConversationResult<Answer> askNextModel(String reason, Attempt attempt) {
    caller.markUnusable(attempt);
    return switch (calls.nextModel(ModelFailure.UNUSABLE_IMAGE, attempt)) {
      case null -> ask();
      case Failed<Answer> _ -> new Failed<>(OperationError.MODEL, reason);
      case Halted<Answer> halted -> halted;
    };
  }

  /** The same request for every model. */
  private CallSpec spec(AttemptCause attemptCause, String model, boolean otherKey) {
    return new CallSpec(
        attemptCause,
        model,
        0,
        MIN_TOKENS,
        Sha256.hex(model + "\n" + prompt),
        otherKey,
        (provider, key, maxTokens, left) ->
            provider.image(
                key,
                new ImageRequest(
                    model,
                    prompt,
                    ASPECT_RATIO,
                    maxTokens,
                    left.compareTo(CALL_DEADLINE) < 0 ? left : CALL_DEADLINE)));
  }
}

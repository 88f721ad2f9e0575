package dev.keywheel.article.operation.image;

import dev.keywheel.article.operation.conversation.Caller;
import dev.keywheel.article.operation.conversation.ModelCalls;
import dev.keywheel.article.operation.conversation.ModelFailure;
import dev.keywheel.article.operation.conversation.ModelQueue;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.db.Sha256;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.ImageRequest;
import dev.keywheel.rotation.Attempt;
import dev.keywheel.rotation.AttemptCause;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import java.time.Duration;

/**
 * Asks image models for a picture, within the calls of an operation; there is nothing to be put
 * right in an answer. Used by one thread.
 */
public final class ImageConversation {
  private static final Duration CALL_DEADLINE = Duration.ofMinutes(2);

  /** A picture of the usual size is some 1,290 completion tokens. */
  private static final int LEAST_TOKENS = 1_300;

  /** A cover drawn here is better than an article that waits for minutes. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final String prompt;
  private final Caller caller;
  private final ModelCalls calls;

  /** What came of asking. */
  public sealed interface Drawn {
    record Came(Answer answer, Attempt attempt) implements Drawn {}

    /** Nothing will come; {@code why} is a sentence. */
    record Nothing(String why) implements Drawn {}

    /** It did not end: cancelled, interrupted, or the run belongs to another worker. */
    record Stopped(CallResult result) implements Drawn {}
  }

  public ImageConversation(String prompt, ModelQueue models, Caller caller, AttemptCause first) {
    this.prompt = prompt;
    this.caller = caller;
    this.calls = new ModelCalls(Operation.IMAGE, models, caller, new Asking(), PATIENCE, 0, first);
  }

  public Drawn ask() {
    return drawn(calls.ask());
  }

  /** After a picture that cannot be used, for a reason that is a sentence: asks the next model. */
  public Drawn another(String reason, Attempt attempt) {
    caller.invalid(attempt);
    var end = calls.nextModel(ModelFailure.UNUSABLE_IMAGE, attempt);
    return end == null ? ask() : new Drawn.Nothing(reason);
  }

  private static Drawn drawn(ModelCalls.Reply reply) {
    return switch (reply) {
      case ModelCalls.Reply.Answered(var answer, var attempt) -> new Drawn.Came(answer, attempt);
      case ModelCalls.Reply.Ended(var _, var why) -> new Drawn.Nothing(why);
      case ModelCalls.Reply.Stopped(CallResult.NoKey noKey) ->
          new Drawn.Nothing("No key could be used for an image model: " + noKey.why());
      case ModelCalls.Reply.Stopped(var result) -> new Drawn.Stopped(result);
    };
  }

  private final class Asking implements ModelCalls.Request {
    @Override
    public CallSpec spec(AttemptCause attemptCause, String model, boolean otherKey) {
      return new CallSpec(
          attemptCause,
          model,
          0,
          LEAST_TOKENS,
          Sha256.hex(model + "\n" + prompt),
          otherKey,
          (provider, key, maxTokens, left) ->
              provider.image(
                  key,
                  new ImageRequest(
                      model,
                      prompt,
                      ImagePrompt.ASPECT_RATIO,
                      maxTokens,
                      left.compareTo(CALL_DEADLINE) < 0 ? left : CALL_DEADLINE)));
    }

    @Override
    public boolean canWeaken() {
      return false;
    }

    @Override
    public void newModel() {
      // Every model is asked the same.
    }
  }
}

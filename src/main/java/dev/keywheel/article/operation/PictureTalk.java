package dev.keywheel.article.operation;

import dev.keywheel.log.LogLine;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.ImageRequest;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.Cause;
import dev.keywheel.rotation.SentAttempt;
import dev.keywheel.time.Pause;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks image models for a picture, within the calls of an operation: what fails is tried again or
 * asked of the next model, as in a {@link Conversation}; there is nothing to be put right in an
 * answer. Used by one thread.
 */
public final class PictureTalk {
  private static final Duration CALL_DEADLINE = Duration.ofSeconds(120);

  /** A picture of the usual size is some 1,290 completion tokens. */
  private static final int LEAST_TOKENS = 1_300;

  private final String prompt;
  private final ModelQueue models;
  private final Caller caller;
  private final Pause pause;
  private final CallBudget budget = new CallBudget();
  private final Trials trials = new Trials(0);
  private final Notes notes = new Notes(Step.IMAGE);
  private Cause cause;
  private boolean otherKey;
  private List<LogLine> announced = List.of();

  /** What came of asking. */
  public sealed interface Drawn {
    record Came(Answer answer, SentAttempt attempt) implements Drawn {}

    /** Nothing will come; {@code why} is a sentence. */
    record Nothing(String why) implements Drawn {}

    /** It did not end: cancelled, interrupted, or the run belongs to another worker. */
    record Stopped(CallResult result) implements Drawn {}
  }

  public PictureTalk(String prompt, ModelQueue models, Caller caller, Pause pause, Cause first) {
    this.prompt = prompt;
    this.models = models;
    this.caller = caller;
    this.pause = pause;
    this.cause = first;
  }

  public Drawn ask() {
    while (true) {
      var exhausted = caller.runExhausted();
      if (exhausted.isPresent()) {
        return new Drawn.Nothing(exhausted.get());
      }
      if (!budget.call()) {
        return new Drawn.Nothing("It had " + CallBudget.CALLS + " calls and none gave a picture.");
      }
      if (!announced.isEmpty()) {
        caller.note(announced);
        announced = List.of();
      }
      var end =
          switch (caller.call(spec())) {
            case CallResult.Answered(var answer, var attempt) -> new Drawn.Came(answer, attempt);
            case CallResult.NotKeyRelated(var outcome, var attempt) ->
                trouble(Trouble.of(outcome, trials.tried(false)), attempt);
            case CallResult.NoKey noKey ->
                new Drawn.Nothing("No key could be used for an image model: " + noKey.why());
            case CallResult.OutOfTime _ -> new Drawn.Nothing("Its time was up.");
            case CallResult.OutOfCalls(int calls) ->
                new Drawn.Nothing("It had " + calls + " calls, refusals of keys included.");
            case CallResult.Cancelled cancelled -> new Drawn.Stopped(cancelled);
            case CallResult.Interrupted interrupted -> new Drawn.Stopped(interrupted);
            case CallResult.LostRun lost -> new Drawn.Stopped(lost);
          };
      if (end != null) {
        return end;
      }
    }
  }

  /** After a picture that cannot be used, for a reason that is a sentence: asks the next model. */
  public Drawn another(String reason, SentAttempt attempt) {
    caller.invalid(attempt);
    var end = nextModel("gave no picture that can be used", false, attempt);
    return end == null ? ask() : new Drawn.Nothing(reason);
  }

  private CallSpec spec() {
    var model = models.present();
    boolean leave = otherKey;
    otherKey = false;
    return new CallSpec(
        cause,
        model,
        0,
        LEAST_TOKENS,
        RequestHash.of(model + "\n" + prompt),
        leave,
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

  /** Null when another call is to be made. */
  private @Nullable Drawn trouble(Trouble trouble, SentAttempt attempt) {
    return switch (trouble) {
      case Trouble.Again(var after) -> again(after, false);
      case Trouble.OtherKey(var after) -> again(after, true);
      case Trouble.NextModel(var why, var gone) -> nextModel(why, gone, attempt);
      case Trouble.MoreTokens _, Trouble.WeakerFormat _ ->
          nextModel("gave no picture", false, attempt);
      case Trouble.GiveUp(var _, var why) -> new Drawn.Nothing(why);
    };
  }

  private @Nullable Drawn again(Duration after, boolean withOtherKey) {
    trials.repeated();
    otherKey = withOtherKey;
    cause = Cause.RETRY;
    return pause.slept(after) ? null : new Drawn.Stopped(new CallResult.Interrupted());
  }

  private @Nullable Drawn nextModel(String why, boolean gone, SentAttempt attempt) {
    var from = models.present();
    if (gone) {
      caller.unavailable(from);
    }
    var to = budget.modelChange() ? models.next() : Optional.<String>empty();
    if (to.isEmpty()) {
      return new Drawn.Nothing(
          "Model " + from + " " + why + ", and no other image model is left to try.");
    }
    announced = List.of(notes.fallback(from, why, to.get(), attempt));
    trials.newModel(why);
    cause = Cause.MODEL_CHANGE;
    return null;
  }
}

package dev.keywheel.article.operation.conversation;

import dev.keywheel.article.operation.conversation.ConversationResult.Ended;
import dev.keywheel.article.operation.conversation.ConversationResult.Failed;
import dev.keywheel.article.operation.conversation.ConversationResult.Halted;
import dev.keywheel.article.operation.conversation.ConversationResult.Usable;
import dev.keywheel.log.LogLine;
import dev.keywheel.provider.CallOutcome.Answer;
import dev.keywheel.provider.CallOutcome.CallFailure;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.rotation.CallResult;
import dev.keywheel.rotation.CallSpec;
import dev.keywheel.rotation.Halt;
import dev.keywheel.rotation.OutcomeText;
import dev.keywheel.run.Attempt;
import dev.keywheel.run.AttemptCause;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Calls the models of one operation until one answers. Repeats a call after a transient error,
 * changes the model or the key, and waits while no model is available. Limited by {@link
 * CallBudget}, the run's budget and the operation's deadline. Used by one thread.
 */
public final class ModelCalls {
  private final ModelQueue models;
  private final Caller caller;
  private final Request request;
  private final CallBudget budget = new CallBudget();
  private final RetryState retryState;
  private final OperationLogMessages operationLogMessages;

  private AttemptCause attemptCause;
  private boolean otherKey;
  private boolean keyChanged;
  private int changes;
  private List<LogLine> linesForNextCall = List.of();

  /** The latest reason why each model was given up, or called with another key. */
  private final Map<String, ModelFailure> failures = new LinkedHashMap<>();

  /** Builds the calls of an operation. */
  public interface Request {
    CallSpec spec(AttemptCause attemptCause, String model, boolean otherKey);

    /** Whether a less strict JSON format can be requested from the current model. */
    default boolean canWeaken() {
      return false;
    }

    /** Restarts from the initial prompt, because another model is called next. */
    default void newModel() {}
  }

  /**
   * @param maxWait maximum total wait for busy models; the operation's deadline also limits it
   * @param maxTokens limit of completion tokens for a call; 0: the model decides
   */
  public ModelCalls(
      Operation operation,
      ModelQueue models,
      Caller caller,
      Request request,
      Duration maxWait,
      int maxTokens,
      AttemptCause first) {
    this.models = models;
    this.caller = caller;
    this.request = request;
    this.attemptCause = first;
    this.retryState = new RetryState(maxWait, maxTokens);
    this.operationLogMessages = new OperationLogMessages(operation);
  }

  CallBudget budget() {
    return budget;
  }

  /** Completion tokens to request, doubled once if reasoning used them up; 0: the model decides. */
  int maxTokens() {
    return retryState.maxTokens();
  }

  /** Sets the cause of the next call; the lines are logged immediately before that call. */
  void prepareNext(AttemptCause why, List<LogLine> lines) {
    attemptCause = why;
    linesForNextCall = lines;
  }

  /** Calls models until one answers, the operation ends or the run stops. Blocks. */
  public ConversationResult<Answer> ask() {
    while (true) {
      if (caller.stopped()) {
        return new Halted<>(new Halt.Interrupted());
      }
      var exhausted = caller.reachedRunLimit();
      if (exhausted.isPresent()) {
        return new Failed<>(OperationError.RUN_BUDGET, exhausted.get());
      }
      if (!caller.timeLeft().isPositive()) {
        return outOfTime();
      }
      if (!budget.countCall()) {
        return new Failed<>(OperationError.CALL_BUDGET, "");
      }
      if (!linesForNextCall.isEmpty()) {
        caller.log(linesForNextCall);
        linesForNextCall = List.of();
      }
      var result =
          switch (caller.call(spec())) {
            case CallResult.Answered(var answer, var attempt) -> handleAnswer(answer, attempt);
            case CallResult.Failed(var failure, var attempt) -> handleFailure(failure, attempt);
            case CallResult.OutOfTime _ -> outOfTime();
            case CallResult.OutOfCalls(int made) ->
                new Failed<Answer>(
                    OperationError.CALL_LIMIT,
                    "It made " + made + " calls within an hour, including refusals of keys.");
            case Halt halt -> new Halted<Answer>(halt);
          };
      if (result != null) {
        return result;
      }
    }
  }

  private Failed<Answer> outOfTime() {
    return new Failed<>(OperationError.DEADLINE, ModelFailure.each(failures));
  }

  private CallSpec spec() {
    boolean changeKeyNow = otherKey;
    otherKey = false;
    return request.spec(attemptCause, models.current(), changeKeyNow);
  }

  private ConversationResult<Answer> handleAnswer(Answer answer, Attempt attempt) {
    retryState.recordAnswer();
    changes = 0;
    caller.recordAvailable(models.current());
    return new Usable<>(answer, attempt);
  }

  /** Handles a failed call. Returns null if another call follows. */
  private @Nullable Ended<Answer> handleFailure(CallFailure failure, Attempt attempt) {
    if (OutcomeText.unbilled(failure)) {
      budget.refundCall();
    }
    if (failure instanceof TimedOut) {
      failures.put(models.current(), ModelFailure.TIMED_OUT);
    }
    return switch (FailurePolicy.of(
        failure, retryState.history(request.canWeaken(), canChangeModel()))) {
      case FailurePolicy.RetrySameKey(var after) -> repeat(after, false);
      case FailurePolicy.OtherKey(var after) -> repeat(after, true);
      case FailurePolicy.WeakerFormat _ -> {
        models.weaken();
        attemptCause = AttemptCause.RETRY;
        yield null;
      }
      case FailurePolicy.MoreTokens _ -> {
        retryState.doubleTokens();
        attemptCause = AttemptCause.RETRY;
        yield null;
      }
      case FailurePolicy.Busy(var busy, var retryAfter) -> handleBusy(busy, retryAfter, attempt);
      case FailurePolicy.ProviderUnreachable(var cause, var retryAfter) ->
          waitForProvider(cause, retryAfter);
      case FailurePolicy.NextModel(var reason) -> nextModel(reason, attempt);
      case FailurePolicy.Moderated _ -> new Failed<>(OperationError.MODERATION, "");
    };
  }

  /** Selects the model or key of the next call. Returns null if another call follows. */
  public @Nullable Ended<Answer> nextModel(ModelFailure failure, Attempt attempt) {
    var from = giveUpModel(failure);
    // One call takes most of the deadline, so the first time-out changes the key with the model.
    boolean suspected =
        failure == ModelFailure.TIMED_OUT || (failure.keySuspected() && changes > 0);
    boolean changeKey = suspected && !keyChanged;
    if (!canChangeModel()) {
      if (!changeKey) {
        return new Failed<>(OperationError.MODEL, failure.noneLeft(from, failures));
      }
      changeKey(failure);
      return null;
    }
    budget.countModelChange();
    models.dropCurrent();
    if (changeKey) {
      changeKey(failure);
    }
    recordModelChange(from, failure, attempt);
    return waitFor(from, failure, Duration.ZERO);
  }

  private boolean canChangeModel() {
    return models.hasOther() && budget.modelChangeLeft();
  }

  /** Records why the current model is given up. Returns that model. */
  private String giveUpModel(ModelFailure failure) {
    var model = models.current();
    failures.put(model, failure);
    caller.recordFailure(model, failure);
    return model;
  }

  private @Nullable Ended<Answer> repeat(Duration after, boolean withOtherKey) {
    if (after.compareTo(caller.timeLeft()) >= 0) {
      return outOfTime();
    }
    retryState.recordRepetition();
    otherKey = withOtherKey;
    keyChanged |= withOtherKey;
    attemptCause = AttemptCause.RETRY;
    return caller.await(after).<Ended<Answer>>map(Halted::new).orElse(null);
  }

  /** Marks the current model as busy, selects the next one, and waits for it if necessary. */
  private @Nullable Ended<Answer> handleBusy(
      ModelFailure failure, @Nullable Duration retryAfter, Attempt attempt) {
    var from = giveUpModel(failure);
    models.busyUntil(caller.now().plus(RetryState.longer(retryState.pause(), retryAfter)));
    boolean another = !models.current().equals(from);
    // FORBIDDEN means that other keys were also refused.
    boolean otherKeyMayHelp = failure != ModelFailure.FORBIDDEN;
    if (otherKeyMayHelp && !keyChanged && (changes > 0 || !another)) {
      changeKey(failure);
    }
    if (another) {
      recordModelChange(from, failure, attempt);
    }
    // Another key is tried with the same model immediately, unless the provider named a retry time
    // for the model. After its first wait, the operation also waits before it calls another model.
    boolean atOnce = otherKey && !another && retryAfter == null;
    return atOnce
        ? null
        : waitFor(from, failure, retryState.hasWaited() ? retryState.pause() : Duration.ZERO);
  }

  /** Waits because the provider is unreachable, and requests another key for the next call. */
  private @Nullable Ended<Answer> waitForProvider(String cause, @Nullable Duration retryAfter) {
    attemptCause = AttemptCause.RETRY;
    otherKey = true;
    return waitIfAllowed(
        RetryState.longer(retryState.pause(), retryAfter),
        models.current(),
        "was not reached (" + cause + ")");
  }

  /** Requests another key for the next call, and records that the key was changed. */
  private void changeKey(ModelFailure failure) {
    keyChanged = true;
    otherKey = true;
    attemptCause = AttemptCause.RETRY;
    linesForNextCall = List.of(operationLogMessages.otherKey(models.current(), failure.text()));
  }

  private void recordModelChange(String from, ModelFailure failure, Attempt attempt) {
    changes++;
    linesForNextCall =
        List.of(
            operationLogMessages.fallback(
                from, failure.text(), models.current(), attempt, otherKey));
    retryState.newModel(failure);
    attemptCause = AttemptCause.MODEL_CHANGE;
    request.newModel();
  }

  /**
   * Waits until the current model is available, and for at least {@code least}. Returns null when
   * the next call may be made.
   */
  private @Nullable Ended<Answer> waitFor(String failed, ModelFailure failure, Duration least) {
    var now = caller.now();
    var wait = RetryState.longer(Duration.between(now, models.freeAt(now)), least);
    return wait.isPositive() ? waitIfAllowed(wait, failed, failure.text()) : null;
  }

  /**
   * @param failed the model that failed; another model may be called after the wait
   */
  private @Nullable Ended<Answer> waitIfAllowed(Duration wait, String failed, String how) {
    var why = "Model " + failed + " " + how;
    if (wait.compareTo(caller.timeLeft()) >= 0 || !retryState.countWait(wait)) {
      return new Failed<>(
          OperationError.BUSY,
          "%s, and another wait would exceed its time limit.%s"
              .formatted(why, ModelFailure.others(failures, failed)));
    }
    return caller.waitForModel(wait, why).<Ended<Answer>>map(Halted::new).orElse(null);
  }
}

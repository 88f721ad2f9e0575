package dev.keywheel.article.operation.conversation;

import dev.keywheel.provider.CallOutcome.AddressBlocked;
import dev.keywheel.provider.CallOutcome.CallFailure;
import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.RequestError;
import dev.keywheel.provider.CallOutcome.TimedOut;
import dev.keywheel.provider.CallOutcome.Transient;
import dev.keywheel.provider.CallOutcome.Unreachable;
import dev.keywheel.provider.FailureKind.RequestErrorKind;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What an operation does after a failed call. Depends only on the failure and earlier tries. */
sealed interface FailurePolicy {
  /** Maximum wait before a call is repeated. For a longer wait, the model counts as busy. */
  Duration MAX_REPEAT_DELAY = Duration.ofSeconds(10);

  /** Call the same model with the same key again. */
  record RetrySameKey(Duration after) implements FailurePolicy {}

  /** Call the same model with the next key. */
  record OtherKey(Duration after) implements FailurePolicy {}

  /** Call the next model of the role's list. */
  record NextModel(ModelFailure failure) implements FailurePolicy {}

  /** The model accepts no request now: call another model, or this model later. */
  record Busy(ModelFailure failure, @Nullable Duration retryAfter) implements FailurePolicy {}

  /**
   * The provider is unreachable or blocks this server's address: only waiting helps.
   *
   * @param cause the reason, in a few words
   */
  record ProviderUnreachable(String cause, @Nullable Duration retryAfter)
      implements FailurePolicy {}

  /** Call the same model with a less strict JSON format. */
  record WeakerFormat() implements FailurePolicy {}

  /** Call the same model with twice the token limit, because reasoning used up the limit. */
  record MoreTokens() implements FailurePolicy {}

  /** A second model refused the topic, so no other model is tried. */
  record Moderated() implements FailurePolicy {}

  /**
   * What the operation did before the failed call.
   *
   * @param repetitions number of consecutive repeated calls of the current model
   * @param repeated whether a call of the current model was repeated
   * @param noMoreTokens whether the token limit was already doubled or does not exist
   * @param moderated whether an earlier model refused the topic
   * @param canWeaken whether a less strict JSON format can be requested
   * @param otherModel whether another model can be called
   * @param waited whether the operation has already waited for a model or the provider
   */
  record RetryHistory(
      int repetitions,
      boolean repeated,
      boolean noMoreTokens,
      boolean moderated,
      boolean canWeaken,
      boolean otherModel,
      boolean waited) {}

  static FailurePolicy of(CallFailure failure, RetryHistory history) {
    return switch (failure) {
      case ModelError error -> model(error, history);
      case RequestError error -> request(error.kind(), history);
      case Transient error -> transientError(error, history);
      case TimedOut _ ->
          history.otherModel() || history.repetitions() > 0
              ? new NextModel(ModelFailure.TIMED_OUT)
              : new OtherKey(Duration.ZERO);
      case Unreachable unreachable ->
          history.repetitions() < 2
              ? new OtherKey(Duration.ofSeconds(1L << history.repetitions()))
              : new ProviderUnreachable(unreachable.kind().text(), null);
      case AddressBlocked blocked ->
          history.repetitions() < 2
              ? new OtherKey(Duration.ofSeconds(4))
              : new ProviderUnreachable(
                  "the provider blocks this server's address", blocked.pause());
      case InsufficientCredit credit ->
          new NextModel(
              credit.promptTooLong()
                  ? ModelFailure.PROMPT_TOO_EXPENSIVE
                  : ModelFailure.TOO_EXPENSIVE);
    };
  }

  private static FailurePolicy transientError(Transient error, RetryHistory history) {
    if (history.waited() || history.repetitions() > 1) {
      return new Busy(ModelFailure.FAILING, error.retryAfter());
    }
    if (error.retryAfter() != null && error.retryAfter().compareTo(MAX_REPEAT_DELAY) > 0) {
      return new Busy(ModelFailure.LATER, error.retryAfter());
    }
    return history.repetitions() == 0
        ? new RetrySameKey(RetryState.longer(Duration.ofSeconds(1), error.retryAfter()))
        : new OtherKey(RetryState.longer(Duration.ofSeconds(2), error.retryAfter()));
  }

  private static FailurePolicy model(ModelError error, RetryHistory history) {
    return switch (error.kind()) {
      case EMPTY -> empty(ModelFailure.EMPTY, history);
      case ONLY_REASONING -> empty(ModelFailure.ONLY_REASONING, history);
      case ONLY_TOOL_CALLS -> empty(ModelFailure.ONLY_TOOL_CALLS, history);
      case ONLY_IMAGE_LINK -> empty(ModelFailure.ONLY_IMAGE_LINK, history);
      case CHOICE_ERROR, WRONG_FORM ->
          history.repeated()
              ? new NextModel(ModelFailure.EMPTY)
              : new RetrySameKey(Duration.ofSeconds(2));
      case REASONING_ONLY ->
          history.noMoreTokens()
              ? new NextModel(ModelFailure.TOKENS_SPENT_ON_REASONING)
              : new MoreTokens();
      case OTHER_ROUTE -> new RetrySameKey(Duration.ZERO);
      case UPSTREAM_LIMITED -> new Busy(ModelFailure.BUSY, error.retryAfter());
      case NO_ENDPOINT, ACCOUNT_POLICY -> new NextModel(ModelFailure.NOT_OFFERED);
      case TOO_BIG -> new NextModel(ModelFailure.TOO_BIG);
      case CONTENT_FILTER, REFUSED -> new NextModel(ModelFailure.REFUSED);
      case BYOK, PROVIDER_CREDITS -> new NextModel(ModelFailure.UPSTREAM_ACCOUNT);
      case MODEL_TYPE -> new NextModel(ModelFailure.UNSUITABLE);
      case FORBIDDEN -> new Busy(ModelFailure.FORBIDDEN, null);
    };
  }

  /** Usually a model answers the same way again, so that another model is better. */
  private static FailurePolicy empty(ModelFailure failure, RetryHistory history) {
    return history.otherModel() || history.repeated()
        ? new NextModel(failure)
        : new RetrySameKey(Duration.ofSeconds(2));
  }

  private static FailurePolicy request(RequestErrorKind kind, RetryHistory history) {
    return switch (kind) {
      case UNSUPPORTED_PARAMETER, INVALID ->
          history.canWeaken()
              ? new WeakerFormat()
              : new NextModel(ModelFailure.UNSUPPORTED_REQUEST);
      case MODERATION ->
          history.moderated() ? new Moderated() : new NextModel(ModelFailure.MODERATED);
      case WRONG_ENDPOINT -> new NextModel(ModelFailure.WRONG_ENDPOINT);
      case TOO_LONG -> new NextModel(ModelFailure.REQUEST_TOO_LONG);
      case UNKNOWN -> new NextModel(ModelFailure.REJECTED);
    };
  }
}

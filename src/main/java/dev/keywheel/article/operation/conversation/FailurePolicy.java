package dev.keywheel.article.operation.conversation;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.CallOutcome.RequestError;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an operation does after a call that failed for a reason that is not the key's. Pure: the
 * outcome and what was tried before decide.
 */
sealed interface FailurePolicy {

  /** The same model and key once more, after a while. */
  record Again(Duration after) implements FailurePolicy {}

  /** The same model with the next key, after a while. */
  record OtherKey(Duration after) implements FailurePolicy {}

  /**
   * The next model of the role's list.
   *
   * @param why completes "Model x …"
   * @param gone whether the provider does not serve the model now
   * @param perhapsKey whether the key's account could be the cause
   */
  record NextModel(String why, boolean gone, boolean perhapsKey) implements FailurePolicy {}

  /** The model can take no request now; another one may, and this one after a while. */
  record Busy(String why, @Nullable Duration retryAfter) implements FailurePolicy {}

  /** The provider as a whole is not reached or refuses this address: only time helps. */
  record Away(String why, @Nullable Duration retryAfter) implements FailurePolicy {}

  /** The same model, asked for a weaker form of JSON. */
  record WeakerFormat() implements FailurePolicy {}

  /** The same model with twice the tokens, because thinking used them up. */
  record MoreTokens() implements FailurePolicy {}

  /** Nothing more to be tried; {@code why} is a sentence. */
  record GiveUp(String code, String why) implements FailurePolicy {}

  /**
   * What was tried with the present model.
   *
   * @param passing failures that pass by themselves, in a row
   * @param sameModel whether the same model was asked once more already
   * @param moreTokens whether it was given more tokens already
   * @param moderated whether another model refused the topic already
   * @param canWeaken whether a weaker form of the request is left
   * @param waited whether the operation has waited for busy models before
   */
  record Tried(
      int passing,
      boolean sameModel,
      boolean moreTokens,
      boolean moderated,
      boolean canWeaken,
      boolean waited) {}

  Duration SHORT = Duration.ofSeconds(2);

  static FailurePolicy of(CallOutcome outcome, Tried tried) {
    return switch (outcome) {
      case ModelError trouble -> model(trouble, tried);
      case RequestError fault -> request(fault, tried);
      case CallOutcome.Transient passing -> passing(passing, tried);
      case CallOutcome.TimedOut _ ->
          tried.passing() == 0
              ? new OtherKey(Duration.ZERO)
              : new NextModel("did not answer in time, twice", false, false);
      case CallOutcome.Unreachable unreachable ->
          tried.passing() < 2
              ? new OtherKey(Duration.ofSeconds(1L << tried.passing()))
              : new Away("was not reached (" + unreachable.kind() + ")", null);
      case CallOutcome.AddressBlocked blocked ->
          tried.passing() < 2
              ? new OtherKey(Duration.ofSeconds(4))
              : new Away("was not reached: the provider blocks this address", blocked.pause());
      case CallOutcome.InsufficientCredit dear ->
          dear.promptTooLong()
              ? new NextModel("is too dear for this request", false, false)
              : new NextModel("costs more than the keys can pay", false, false);
      case CallOutcome.Answer _,
          CallOutcome.KeyLimited _,
          CallOutcome.KeySuspect _,
          CallOutcome.KeyMalformed _ ->
          new GiveUp("unexpected", "The pool handed back an outcome that is its own to deal with.");
    };
  }

  private static FailurePolicy passing(CallOutcome.Transient passing, Tried tried) {
    return switch (tried.waited() ? 2 : tried.passing()) {
      case 0 -> new Again(longer(Duration.ofSeconds(1), passing.retryAfter()));
      case 1 -> new OtherKey(longer(SHORT, passing.retryAfter()));
      default -> new Busy("failed at the provider again and again", passing.retryAfter());
    };
  }

  private static Duration longer(Duration ours, @Nullable Duration asked) {
    return asked != null && asked.compareTo(ours) > 0 ? asked : ours;
  }

  private static FailurePolicy model(ModelError trouble, Tried tried) {
    return switch (trouble.kind()) {
      case "empty", "choice_error" ->
          tried.sameModel() ? new NextModel("gave nothing, twice", false, true) : new Again(SHORT);
      case "reasoning_only" ->
          tried.moreTokens()
              ? new NextModel("spent all its tokens on thinking", false, false)
              : new MoreTokens();
      case "other_route" -> new Again(Duration.ZERO);
      case "upstream_limited" -> new Busy("rate-limited upstream", trouble.retryAfter());
      case "no_endpoint" -> new NextModel("is not offered now", true, true);
      case "too_big" -> new NextModel("gave an answer too big to be read", false, false);
      case "content_filter", "refused" -> new NextModel("refused", false, false);
      case "byok", "provider_credits" ->
          new NextModel("has a problem at its own provider", false, true);
      case "model_type" -> new NextModel("cannot be used for this", true, true);
      default -> new NextModel("failed (" + trouble.kind() + ")", false, false);
    };
  }

  private static FailurePolicy request(RequestError fault, Tried tried) {
    return switch (fault.kind()) {
      case "unsupported_parameter", "invalid" ->
          tried.canWeaken()
              ? new WeakerFormat()
              : new NextModel("does not take this request", false, false);
      case "moderation" ->
          tried.moderated()
              ? new GiveUp("moderation", "Two models refused the topic for its content.")
              : new NextModel("refused the topic for its content", false, false);
      case "wrong_endpoint" -> new NextModel("is served in another way", true, false);
      case "too_long" -> new NextModel("has too little room for this request", false, false);
      default -> new NextModel("rejected the request", false, false);
    };
  }
}

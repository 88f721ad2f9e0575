package dev.keywheel.article.operation;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.ModelTrouble;
import dev.keywheel.provider.CallOutcome.RequestFault;
import java.time.Duration;

/**
 * What an operation does after a call that failed for a reason that is not the key's. Pure: the
 * outcome and what was tried before decide.
 */
sealed interface Trouble {

  /** The same model and key once more, after a while. */
  record Again(Duration after) implements Trouble {}

  /** The same model with the next key, after a while. */
  record OtherKey(Duration after) implements Trouble {}

  /** The next model of the role's list; {@code why} completes "Model x …". */
  record NextModel(String why, boolean gone) implements Trouble {}

  /** The same model, asked for a weaker form of JSON. */
  record WeakerFormat() implements Trouble {}

  /** The same model with twice the tokens, because thinking used them up. */
  record MoreTokens() implements Trouble {}

  /** Nothing more to be tried; {@code why} is a sentence. */
  record GiveUp(String code, String why) implements Trouble {}

  /**
   * What was tried with the present model.
   *
   * @param passing failures that pass by themselves, in a row
   * @param sameModel whether the same model was asked once more already
   * @param moreTokens whether it was given more tokens already
   * @param moderated whether another model refused the topic already
   * @param canWeaken whether a weaker form of the request is left
   */
  record Tried(
      int passing, boolean sameModel, boolean moreTokens, boolean moderated, boolean canWeaken) {}

  Duration SHORT = Duration.ofSeconds(2);

  static Trouble of(CallOutcome outcome, Tried tried) {
    return switch (outcome) {
      case ModelTrouble trouble -> model(trouble, tried);
      case RequestFault fault -> request(fault, tried);
      case CallOutcome.Transient _ ->
          switch (tried.passing()) {
            case 0 -> new Again(Duration.ofSeconds(1));
            case 1 -> new OtherKey(Duration.ofSeconds(2));
            default -> new NextModel("failed three times at the provider", false);
          };
      case CallOutcome.TimedOut _ ->
          tried.passing() == 0
              ? new OtherKey(Duration.ZERO)
              : new NextModel("did not answer in time, twice", false);
      case CallOutcome.Unreachable unreachable ->
          switch (tried.passing()) {
            case 0, 1, 2, 3 -> new OtherKey(Duration.ofSeconds(1L << tried.passing()));
            default ->
                new GiveUp(
                    "unreachable", "The provider was not reached (" + unreachable.kind() + ").");
          };
      case CallOutcome.AddressBlocked _ ->
          tried.passing() < 3
              ? new OtherKey(Duration.ofSeconds(4))
              : new GiveUp("address_blocked", "The provider blocks this address.");
      case CallOutcome.TooDear dear ->
          dear.promptTooLong()
              ? new NextModel("is too dear for this request", false)
              : new NextModel("costs more than the keys can pay", false);
      case CallOutcome.Answer _,
          CallOutcome.KeyLimited _,
          CallOutcome.KeySuspect _,
          CallOutcome.KeyMalformed _ ->
          new GiveUp("unexpected", "The pool handed back an outcome that is its own to deal with.");
    };
  }

  private static Trouble model(ModelTrouble trouble, Tried tried) {
    return switch (trouble.kind()) {
      case "empty", "choice_error" ->
          tried.sameModel() ? new NextModel("gave nothing, twice", false) : new Again(SHORT);
      case "reasoning_only" ->
          tried.moreTokens()
              ? new NextModel("spent all its tokens on thinking", false)
              : new MoreTokens();
      case "upstream_limited" -> new NextModel("rate-limited upstream", false);
      case "no_endpoint" -> new NextModel("is not offered now", true);
      case "too_big" -> new NextModel("gave an answer too big to be read", false);
      case "content_filter", "refused" -> new NextModel("refused", false);
      case "byok", "provider_credits" -> new NextModel("has a problem at its own provider", false);
      case "model_type" -> new NextModel("cannot be used for this", true);
      default -> new NextModel("failed (" + trouble.kind() + ")", false);
    };
  }

  private static Trouble request(RequestFault fault, Tried tried) {
    return switch (fault.kind()) {
      case "unsupported_parameter", "invalid" ->
          tried.canWeaken()
              ? new WeakerFormat()
              : new NextModel("does not take this request", false);
      case "moderation" ->
          tried.moderated()
              ? new GiveUp("moderation", "Two models refused the topic for its content.")
              : new NextModel("refused the topic for its content", false);
      case "wrong_endpoint" -> new NextModel("is served in another way", true);
      case "too_long" -> new NextModel("has too little room for this request", false);
      default -> new NextModel("rejected the request", false);
    };
  }
}

package dev.keywheel.rotation;

import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.run.AttemptCause;
import java.util.OptionalInt;

/**
 * The next call of an operation.
 *
 * @param cause of the first attempt; those that follow a refused key are replacements
 * @param model decides, by its class, whether a key is active for the call
 * @param maxTokens completion tokens requested; 0 leaves the limit to the model, as for an image
 * @param leastTokens fewer tokens are not worth a call
 * @param requestHash identifies equal requests
 * @param otherKey whether the operation gives up the key it holds, for instance after a time-out
 */
public record CallSpec(
    AttemptCause cause,
    String model,
    int maxTokens,
    int leastTokens,
    String requestHash,
    boolean otherKey,
    ProviderCall call) {
  /** The credit named in a refusal varies between calls, so a little less is requested. */
  private static final double PART_OF_CREDIT = 0.9;

  /** A text, for which half of its tokens may be enough. */
  public CallSpec(
      AttemptCause cause, String model, int maxTokens, String requestHash, ProviderCall call) {
    this(cause, model, maxTokens, maxTokens / 2, requestHash, false, call);
  }

  /** The same call, after one of unknown outcome. */
  public CallSpec resent() {
    return new CallSpec(
        AttemptCause.RESEND, model, maxTokens, leastTokens, requestHash, otherKey, call);
  }

  /**
   * Tokens to request from the same key after insufficient credit; empty when another key must pay.
   * A key is asked for less only once, and never for more than it just refused.
   *
   * @param asked tokens requested before
   */
  OptionalInt affordable(int asked, InsufficientCredit refusal) {
    int tokens = (int) (refusal.affordableTokens() * PART_OF_CREDIT);
    boolean first = asked == maxTokens;
    boolean fewer = asked == 0 || tokens < asked;
    boolean enough = tokens > 0 && tokens >= leastTokens;
    return first && fewer && enough && !refusal.promptTooLong()
        ? OptionalInt.of(tokens)
        : OptionalInt.empty();
  }
}

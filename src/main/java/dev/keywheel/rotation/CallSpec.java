package dev.keywheel.rotation;

import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.run.AttemptCause;
import java.util.OptionalInt;

/**
 * The next call of an operation.
 *
 * @param cause cause of the first attempt; {@code REPLACEMENT} after a key was replaced
 * @param model the model, whose class decides whether a key is active for the call
 * @param maxTokens completion tokens requested; 0 leaves the limit to the model, as for an image
 * @param leastTokens minimum number of tokens for which the call is worthwhile
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
  /** The fraction of the reported credit that a request uses: the credit varies between calls. */
  private static final double PART_OF_CREDIT = 0.9;

  /** A text request, for which half of {@code maxTokens} may be enough. */
  public CallSpec(
      AttemptCause cause, String model, int maxTokens, String requestHash, ProviderCall call) {
    this(cause, model, maxTokens, maxTokens / 2, requestHash, false, call);
  }

  /** The same call, repeated after an attempt with an unknown outcome. */
  public CallSpec resent() {
    return new CallSpec(
        AttemptCause.RESEND, model, maxTokens, leastTokens, requestHash, otherKey, call);
  }

  /**
   * The number of tokens to request from the same key after insufficient credit; empty if another
   * key must pay. The number is reduced only once per key, and is always lower than before.
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

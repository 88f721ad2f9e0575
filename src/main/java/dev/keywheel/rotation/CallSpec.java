package dev.keywheel.rotation;

import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import java.util.OptionalInt;

/**
 * What an operation wants to have called next.
 *
 * @param cause of the first attempt; those that follow a refused key are replacements
 * @param model decides, by its class, whether a key is active for the call
 * @param maxTokens completion tokens asked for; 0 leaves the bound to the model, as for a picture
 * @param leastTokens with fewer than these the call is not worth making
 * @param requestHash tells equal requests from different ones; holds nothing that can be read back
 * @param otherKey whether the operation leaves the key it holds: after a time-out, or when the same
 *     key was tried again in vain
 */
public record CallSpec(
    AttemptCause cause,
    String model,
    int maxTokens,
    int leastTokens,
    String requestHash,
    boolean otherKey,
    ProviderCall call) {
  /** The credit named in a refusal wobbles between calls, so that a little less is asked for. */
  private static final double PART_OF_CREDIT = 0.9;

  /** A text, which half of its tokens may do for. */
  public CallSpec(
      AttemptCause cause, String model, int maxTokens, String requestHash, ProviderCall call) {
    this(cause, model, maxTokens, maxTokens / 2, requestHash, false, call);
  }

  /** The same call, after one of unknown outcome. */
  public CallSpec resent() {
    return new CallSpec(
        AttemptCause.RESEND, model, maxTokens, leastTokens, requestHash, otherKey, call);
  }

  /** The same call with the next key. */
  public CallSpec withOtherKey() {
    return new CallSpec(cause, model, maxTokens, leastTokens, requestHash, true, call);
  }

  /**
   * The tokens to ask the same key for after its credit did not suffice; empty when another key is
   * to pay. A key is asked for less once only, and never for more than it just refused.
   *
   * @param asked what the key was asked for
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

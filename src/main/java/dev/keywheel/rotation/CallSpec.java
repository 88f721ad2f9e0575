package dev.keywheel.rotation;

/**
 * What an operation wants to have called next.
 *
 * @param cause of the first attempt; those that follow a refused key are replacements
 * @param model decides, by its class, whether a key is active for the call
 * @param maxTokens completion tokens asked for; 0 for a picture
 * @param requestHash tells equal requests from different ones; holds nothing that can be read back
 * @param otherKey whether the operation leaves the key it holds: after a time-out, or when the same
 *     key was tried again in vain
 */
public record CallSpec(
    Cause cause,
    String model,
    int maxTokens,
    String requestHash,
    boolean otherKey,
    ProviderCall call) {

  public CallSpec(Cause cause, String model, int maxTokens, String requestHash, ProviderCall call) {
    this(cause, model, maxTokens, requestHash, false, call);
  }

  /** The same call with the next key. */
  public CallSpec withOtherKey() {
    return new CallSpec(cause, model, maxTokens, requestHash, true, call);
  }
}

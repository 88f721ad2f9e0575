package dev.keywheel.gateway.seat;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.InsufficientCredit;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.FailureKind.ModelErrorKind;
import java.util.ArrayList;
import java.util.List;

/**
 * Limits the effect of one request on keys and pools, because the request itself may be the cause
 * of its failures. Its attempts count at most once towards an outage.
 */
public final class RequestEvidence {
  /** Maximum bytes of a short request, whose prompt costs little with any model. */
  private static final int MAX_SHORT_BYTES = 16 << 10;

  private final boolean choosesEndpoints;
  private final int bytes;
  private final List<UnpaidKey> unpaid = new ArrayList<>();
  private boolean outageCounted;

  private record UnpaidKey(ApiKey key, String model) {}

  /**
   * @param choosesEndpoints whether the request chooses among the provider's endpoints, so that it
   *     can ask for an endpoint that does not exist
   * @param bytes the size of the request
   */
  public RequestEvidence(boolean choosesEndpoints, int bytes) {
    this.choosesEndpoints = choosesEndpoints;
    this.bytes = bytes;
  }

  /** A short request. */
  public RequestEvidence(boolean choosesEndpoints) {
    this(choosesEndpoints, 0);
  }

  boolean isEvidenceAboutKey(CallOutcome outcome) {
    return !choosesEndpoints
        || !(outcome instanceof ModelError error)
        || (error.kind() != ModelErrorKind.NO_ENDPOINT
            && error.kind() != ModelErrorKind.ACCOUNT_POLICY);
  }

  /**
   * Whether the credit of the key is too low for any useful answer of the model: even after a short
   * prompt, it does not pay for a few tokens.
   *
   * @param bytes the size of the request
   */
  public static boolean isCreditTooLow(InsufficientCredit credit, int bytes) {
    return bytes <= MAX_SHORT_BYTES && credit.isTooLow();
  }

  boolean isCreditTooLow(InsufficientCredit credit) {
    return isCreditTooLow(credit, bytes);
  }

  /** Adds a key that could not pay for the request with this model. */
  synchronized void addUnpaid(ApiKey key, String model) {
    unpaid.add(new UnpaidKey(key, model));
  }

  /** The keys that could not pay for the request with this model. */
  synchronized List<ApiKey> unpaid(String model) {
    return unpaid.stream().filter(one -> one.model().equals(model)).map(UnpaidKey::key).toList();
  }

  /** Counts no failure of the request towards an outage: it is a probe during a known outage. */
  public synchronized void ignoreOutage() {
    outageCounted = true;
  }

  /** Claims the one count of the request towards an outage; false if it is already claimed. */
  synchronized boolean claimOutageCount() {
    boolean first = !outageCounted;
    outageCounted = true;
    return first;
  }
}

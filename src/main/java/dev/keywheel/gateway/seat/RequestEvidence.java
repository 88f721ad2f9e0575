package dev.keywheel.gateway.seat;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.FailureKind.ModelErrorKind;

/**
 * Limits what the attempts of one request may change in keys and pools to one piece of evidence,
 * because the request itself may be the cause.
 */
public final class RequestEvidence {
  private final boolean choosesEndpoints;
  private boolean outageCounted;

  /**
   * @param choosesEndpoints whether the request chooses among the provider's endpoints, so that it
   *     can ask for one that does not exist
   */
  public RequestEvidence(boolean choosesEndpoints) {
    this.choosesEndpoints = choosesEndpoints;
  }

  boolean isEvidenceAboutKey(CallOutcome outcome) {
    return !choosesEndpoints
        || !(outcome instanceof ModelError error)
        || error.kind() != ModelErrorKind.NO_ENDPOINT;
  }

  /** True once. */
  synchronized boolean countsOutage() {
    boolean first = !outageCounted;
    outageCounted = true;
    return first;
  }
}

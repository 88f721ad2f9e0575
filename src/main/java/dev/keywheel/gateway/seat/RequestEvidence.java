package dev.keywheel.gateway.seat;

import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CallOutcome.ModelError;
import dev.keywheel.provider.FailureKind.ModelErrorKind;

/**
 * Limits the effect of one request on keys and pools, because the request itself may be the cause
 * of its failures. Its attempts count at most once towards an outage.
 */
public final class RequestEvidence {
  private final boolean choosesEndpoints;
  private boolean outageCounted;

  /**
   * @param choosesEndpoints whether the request chooses among the provider's endpoints, so that it
   *     can ask for an endpoint that does not exist
   */
  public RequestEvidence(boolean choosesEndpoints) {
    this.choosesEndpoints = choosesEndpoints;
  }

  boolean isEvidenceAboutKey(CallOutcome outcome) {
    return !choosesEndpoints
        || !(outcome instanceof ModelError error)
        || (error.kind() != ModelErrorKind.NO_ENDPOINT
            && error.kind() != ModelErrorKind.ACCOUNT_POLICY);
  }

  /** Excludes the failures from outages: they only show that a known outage continues. */
  public synchronized void ignoreOutage() {
    outageCounted = true;
  }

  /** Returns true for the first call only. */
  synchronized boolean countsOutage() {
    boolean first = !outageCounted;
    outageCounted = true;
    return first;
  }
}

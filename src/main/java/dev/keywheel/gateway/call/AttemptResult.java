package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.ClientLost;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.provider.http.Observation;
import org.jspecify.annotations.Nullable;

sealed interface AttemptResult {

  /**
   * The provider refused or failed; no content was sent to the client.
   *
   * @param seen the provider's answer or the transport error
   * @param wrongFormat whether the provider answered successfully but in the wrong format: a stream
   *     that was not requested, or no stream although one was requested
   */
  record Refused(Observation seen, boolean wrongFormat) implements AttemptResult {
    Refused(Observation seen) {
      this(seen, false);
    }
  }

  /**
   * The provider answered, and the client received all or a part of it.
   *
   * @param seen the error that the provider sent after the first content; null without one
   * @param reason the error code; null for a complete answer
   * @param lost set if the client was lost while it got a complete answer or the provider's error
   */
  record Answered(
      GatewayAttemptState state,
      @Nullable Observation seen,
      @Nullable String reason,
      @Nullable ClientLost lost)
      implements AttemptResult {
    Answered(GatewayAttemptState state, @Nullable Observation seen, @Nullable String reason) {
      this(state, seen, reason, null);
    }
  }

  /** The request was cancelled before any part of the answer was sent to the client. */
  record Stopped() implements AttemptResult {}
}

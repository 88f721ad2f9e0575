package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.ClientLost;
import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.provider.http.Observation;
import org.jspecify.annotations.Nullable;

sealed interface AttemptResult {

  /**
   * The provider refused or failed; no content was sent to the client.
   *
   * @param observation the provider's answer or the transport error
   * @param wrongFormat whether the provider answered successfully but in the wrong format: a stream
   *     that was not requested, or no stream although one was requested
   */
  record Refused(Observation observation, boolean wrongFormat) implements AttemptResult {
    Refused(Observation observation) {
      this(observation, false);
    }
  }

  /**
   * The provider answered, and the client received all or a part of it.
   *
   * @param observation the error that the provider sent after the first content; null without one
   * @param reason the error code; null for a complete answer
   * @param lost why the client was lost while it received a complete answer or the provider's
   *     error; otherwise null
   */
  record Answered(
      GatewayAttemptState state,
      @Nullable Observation observation,
      @Nullable String reason,
      @Nullable ClientLost lost)
      implements AttemptResult {
    Answered(
        GatewayAttemptState state, @Nullable Observation observation, @Nullable String reason) {
      this(state, observation, reason, null);
    }
  }

  /** The request was cancelled before any part of the answer was sent to the client. */
  record Stopped() implements AttemptResult {}
}

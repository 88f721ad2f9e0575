package dev.keywheel.gateway.call;

import dev.keywheel.gateway.ledger.GatewayAttemptState;
import dev.keywheel.provider.http.Observation;
import org.jspecify.annotations.Nullable;

/** The result of one attempt. */
sealed interface AttemptResult {

  /**
   * The provider refused or failed; nothing was sent to the client.
   *
   * @param seen what the provider answered, for the decision about the key and the next attempt
   * @param wrongForm whether the provider succeeded, but in another form: a stream that was not
   *     requested, or none
   */
  record Refused(Observation seen, boolean wrongForm) implements AttemptResult {
    Refused(Observation seen) {
      this(seen, false);
    }
  }

  /**
   * The client got an answer, whole or not.
   *
   * @param seen an error after data, for the decision about the key; null without one
   * @param reason the code of what went wrong; null for a whole answer
   */
  record Answered(GatewayAttemptState state, @Nullable Observation seen, @Nullable String reason)
      implements AttemptResult {}

  /** Aborted by the gateway before any part of the answer was sent to the client. */
  record Stopped() implements AttemptResult {}
}

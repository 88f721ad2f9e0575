package dev.keywheel.gateway.seat;

import dev.keywheel.key.pool.KeyRotation.LimitedKey;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.secret.Vault.EncryptedSecret;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The key for an attempt, or the reason why the attempt gets none. */
public sealed interface SeatGrant {
  /** The reason for {@link AllBusy}, as a sentence. */
  String ALL_BUSY = "Every key has as many calls in flight as the pool or the provider allows.";

  /**
   * The attempt is stored, and may be sent with this key.
   *
   * @param rate null for a token without a rate limit, and usually for further attempts
   * @param probe whether the pool is paused in an outage, which an answer to this request would end
   */
  record Granted(
      UUID attemptId,
      ApiKey key,
      EncryptedSecret secret,
      @Nullable RemainingRequests rate,
      boolean probe)
      implements SeatGrant {}

  /**
   * No key can serve this request.
   *
   * @param why a sentence for the client
   * @param retryAt when a paused pool may be usable again; null if no pause is the reason
   */
  record NoKey(String why, @Nullable Instant retryAt) implements SeatGrant {}

  /** Every key that could serve the request has as many calls in flight as it may have. */
  record AllBusy(Instant retryAt) implements SeatGrant {}

  /**
   * Every key that could serve the request is limited or excluded for its model, the first key
   * until {@code until}.
   *
   * @param due the first limited key if its wait is over, so that only a check is missing
   */
  record AllLimited(Instant until, @Nullable LimitedKey due) implements SeatGrant {}

  /** The token was valid when the request arrived, but no longer is. */
  record TokenEnded() implements SeatGrant {}

  /** A token or an alias has changed, so that the request must be accepted again. */
  record Outdated() implements SeatGrant {}

  /** The token has used up its requests of this minute. */
  record RateLimited(RemainingRequests rate) implements SeatGrant {}

  /** The token has as many open requests as it may have. */
  record TooManyParallel(int limit) implements SeatGrant {}

  /**
   * The gateway cannot store the attempt now, so nothing may be sent.
   *
   * @param why a sentence for the client
   */
  record Unavailable(String why) implements SeatGrant {}
}

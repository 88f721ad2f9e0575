package dev.keywheel.gateway.token;

import java.time.Duration;

/** Whether a presented token may be used for an operation. */
public sealed interface TokenVerdict {

  record Accepted(AccessToken token) implements TokenVerdict {}

  /**
   * No token, or a token that is malformed, unknown, expired or revoked: answered with 401.
   *
   * @param reason what happened and what to do, for the client
   */
  record Unauthorized(String reason) implements TokenVerdict {}

  /**
   * A valid token that may not be used for this operation or from this address: answered with 403.
   *
   * @param reason what happened and what to do, for the client
   * @param listed whether the request is stored; false after many such requests from the address
   */
  record NotAllowed(AccessToken token, String reason, boolean listed) implements TokenVerdict {}

  /** Too many wrong tokens from this address: answered with 429. */
  record Throttled(String reason, Duration retryAfter) implements TokenVerdict {}
}

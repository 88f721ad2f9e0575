package dev.keywheel.gateway.token;

import dev.keywheel.secret.shape.SecretShape;
import java.time.Instant;
import java.util.Optional;

/** Messages for clients that explain why a token is refused. */
final class TokenMessages {
  static final String MISSING =
      "No access token was sent. Send one in the header Authorization: Bearer kw1_…, or x-api-key.";
  static final String MISTYPED =
      "The access token is mistyped or cut off: its last characters do not match the rest."
          + " Copy it again.";
  static final String UNKNOWN =
      "This access token is unknown here. Create one on the page Gateway, Tokens.";
  static final String THROTTLED =
      "Too many wrong access tokens came from this address. Try again in a minute.";

  private TokenMessages() {}

  /** The message for a text without the shape of a token, which does not repeat the text. */
  static String notAToken(String text) {
    if (text.startsWith(TokenFormat.PREFIX)) {
      return MISTYPED;
    }
    return SecretShape.POSSIBLE.isIn(text)
        ? "This looks like a provider's key. The gateway accepts access tokens of Keywheel, which"
            + " begin with kw1_. Create one on the page Gateway, Tokens."
        : "This is not an access token of Keywheel: those begin with kw1_ and have 40 characters."
            + " Create one on the page Gateway, Tokens.";
  }

  /** The reason why a known token is not valid; empty if it is valid. */
  static Optional<String> refusal(TokenRepository.StoredToken found, Instant now) {
    Instant expiry = found.token().scope().expiresAt();
    if (found.revokedAt() != null) {
      return Optional.of("This access token was revoked. Use another one.");
    }
    if (expiry != null && !expiry.isAfter(now)) {
      return Optional.of("This access token has expired. Use another one.");
    }
    if (found.validUntil() != null && !found.validUntil().isAfter(now)) {
      return Optional.of("This access token was rotated. Use its new secret.");
    }
    return found.archived()
        ? Optional.of("The workspace of this access token is archived.")
        : Optional.empty();
  }

  static boolean accepts(
      TokenRepository.StoredToken found, String address, GatewayOperation operation, Instant now) {
    return refusal(found, now).isEmpty()
        && notAllowed(found.token().scope(), address, operation).isEmpty();
  }

  /** Why a valid token may not be used from this address or for this operation; empty if it may. */
  static Optional<String> notAllowed(TokenScope scope, String address, GatewayOperation operation) {
    if (!scope.allowsAddress(address)) {
      return Optional.of("This access token may not be used from the address " + address + ".");
    }
    return scope.allows(operation)
        ? Optional.empty()
        : Optional.of("This access token may not be used for " + operation.path() + ".");
  }
}

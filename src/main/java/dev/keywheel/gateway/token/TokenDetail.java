package dev.keywheel.gateway.token;

import dev.keywheel.secret.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An access token as pages show it.
 *
 * @param createdBy the email address of the user who created it
 * @param revokedBy the email address of the user who revoked it; null also for a token that an
 *     earlier version revoked
 * @param lastUsedAt truncated to the minute; null if the token was never used
 * @param secrets newest first; a rotation removes those that ended more than 90 days before
 */
public record TokenDetail(
    UUID id,
    TokenSettings settings,
    Instant createdAt,
    String createdBy,
    @Nullable Instant revokedAt,
    @Nullable String revokedBy,
    @Nullable Instant lastUsedAt,
    @Nullable String lastAddress,
    List<SecretInfo> secrets) {

  /**
   * A secret of a token, without its value.
   *
   * @param validUntil when the secret ends; null for the current secret
   */
  public record SecretInfo(
      String prefix, String last4, Instant createdAt, @Nullable Instant validUntil) {
    public String masked() {
      return Secret.masked(prefix, last4);
    }
  }

  public enum State {
    ACTIVE,
    EXPIRED,
    REVOKED
  }

  public State state(Instant now) {
    if (revokedAt != null) {
      return State.REVOKED;
    }
    Instant expiry = settings.scope().expiresAt();
    return expiry == null || expiry.isAfter(now) ? State.ACTIVE : State.EXPIRED;
  }

  /** The newest secret: the current one, or the last one of a revoked token. */
  public Optional<SecretInfo> newest() {
    return secrets.stream().findFirst();
  }
}

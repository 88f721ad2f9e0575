package dev.keywheel.people.factor;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A passkey of a user.
 *
 * @param credentialId the id that the authenticator chose
 * @param publicKey the public key in COSE form
 * @param signCount the counter at the last use; 0 for authenticators that do not count
 */
public record Passkey(
    UUID id,
    UUID userId,
    byte[] credentialId,
    byte[] publicKey,
    long signCount,
    String name,
    Instant createdAt,
    @Nullable Instant lastUsedAt) {
  @Override
  public String toString() {
    return "Passkey " + id;
  }
}

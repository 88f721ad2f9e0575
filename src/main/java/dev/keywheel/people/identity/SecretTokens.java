package dev.keywheel.people.identity;

import dev.keywheel.db.Sha256;
import java.security.SecureRandom;
import java.util.Base64;

/** Secrets that stand for somebody: made here, kept as a hash. */
public final class SecretTokens {
  /** A session's id: 256 bit. */
  public static final int SESSION_BYTES = 32;

  /** A one-time link: 128 bit. */
  public static final int LINK_BYTES = 16;

  private SecretTokens() {}

  public static String make(SecureRandom random, int bytes) {
    var secret = new byte[bytes];
    random.nextBytes(secret);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
  }

  /** SHA-256: enough for a secret that is random itself, and fast enough for every request. */
  public static byte[] hash(String secret) {
    return Sha256.of(secret);
  }
}

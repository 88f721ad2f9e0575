package dev.keywheel.people.identity;

import dev.keywheel.db.Sha256;
import java.security.SecureRandom;
import java.util.Base64;

/** Generates the random secrets of sessions, browsers and links; only their hashes are stored. */
public final class SecretTokens {
  public static final int SESSION_BYTES = 32;

  /** Length of the token of a one-time link, in bytes. */
  public static final int LINK_BYTES = 16;

  private SecretTokens() {}

  public static String make(SecureRandom random, int bytes) {
    var secret = new byte[bytes];
    random.nextBytes(secret);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
  }

  /** SHA-256: sufficient for a random secret, and fast enough for each request. */
  public static byte[] hash(String secret) {
    return Sha256.of(secret);
  }
}

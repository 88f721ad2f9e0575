package dev.keywheel.secret;

import dev.keywheel.db.Sha256;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * A key-encryption key (KEK): 32 bytes that wrap the data keys. Kept outside the database, which
 * stores only its {@link #id}.
 */
final class Kek {
  static final int BYTES = 32;

  private final byte[] key;

  private Kek(byte[] key) {
    this.key = key;
  }

  /** Throws {@link IllegalArgumentException} with a message that does not contain the text. */
  static Kek fromBase64(String text) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(text.strip());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("is not base64; it must be 32 bytes in base64");
    }
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException(
          "has " + bytes.length + " bytes; it must be 32 bytes in base64");
    }
    return new Kek(bytes);
  }

  static Kek generate(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new Kek(bytes);
  }

  /** The first 16 hex digits of the key's SHA-256: identifies the key without revealing it. */
  String id() {
    return Sha256.hex(key).substring(0, 16);
  }

  byte[] bytes() {
    return key.clone();
  }

  String base64() {
    return Base64.getEncoder().encodeToString(key);
  }

  @Override
  public String toString() {
    return "Kek " + id();
  }
}

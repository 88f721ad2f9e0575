package dev.keywheel.secret;

import java.security.GeneralSecurityException;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key for AES-256-GCM.
 *
 * @param id authenticated with each ciphertext of format 2
 * @param oldestFormat ciphertexts of an older format are refused, since they authenticate less
 */
record CipherKey(String id, SecretKey key, int oldestFormat) {
  /** The format of new ciphertexts. */
  static final byte FORMAT = 2;

  static CipherKey data(UUID id, byte[] bytes, int oldestFormat) {
    return new CipherKey(id.toString(), new SecretKeySpec(bytes, "AES"), oldestFormat);
  }

  /** The key that wraps data keys; those of older installations may be wrapped in format 1. */
  static CipherKey of(Kek kek) {
    return new CipherKey(kek.id(), new SecretKeySpec(kek.bytes(), "AES"), 1);
  }

  boolean opens(byte format) {
    return format >= oldestFormat && format <= FORMAT;
  }

  /** HMAC-SHA-256 with a data key that authenticates and does not encrypt. */
  Mac hmac() {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getEncoded(), "HmacSHA256"));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return "CipherKey " + id;
  }
}

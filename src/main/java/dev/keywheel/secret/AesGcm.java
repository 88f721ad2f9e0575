package dev.keywheel.secret;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.UUID;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM in one format: version byte 1, 12-byte random nonce, ciphertext, 16-byte tag. NIST SP
 * 800-38D allows 2^32 messages per key with random nonces. Kind and row id are authenticated as
 * additional data, so ciphertext moved to another row does not decrypt.
 */
final class AesGcm {
  private static final byte VERSION = 1;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final SecureRandom random;

  AesGcm(SecureRandom random) {
    this.random = random;
  }

  static SecretKey aes(byte[] key) {
    return new SecretKeySpec(key, "AES");
  }

  byte[] seal(SecretKey key, byte[] clear, String kind, UUID row) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, kind, row).doFinal(clear);
      byte[] out = new byte[1 + NONCE_BYTES + sealed.length];
      out[0] = VERSION;
      System.arraycopy(nonce, 0, out, 1, NONCE_BYTES);
      System.arraycopy(sealed, 0, out, 1 + NONCE_BYTES, sealed.length);
      return out;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Throws {@link Damaged} if the key is wrong or the bytes were altered or moved. */
  byte[] open(SecretKey key, byte[] sealed, String kind, UUID row) {
    if (sealed.length < 1 + NONCE_BYTES + TAG_BITS / 8 || sealed[0] != VERSION) {
      throw new Damaged(kind, row);
    }
    byte[] nonce = Arrays.copyOfRange(sealed, 1, 1 + NONCE_BYTES);
    try {
      return cipher(Cipher.DECRYPT_MODE, key, nonce, kind, row)
          .doFinal(sealed, 1 + NONCE_BYTES, sealed.length - 1 - NONCE_BYTES);
    } catch (AEADBadTagException e) {
      throw new Damaged(kind, row);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Cipher cipher(int mode, SecretKey key, byte[] nonce, String kind, UUID row)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD((kind + "|" + row + "|v" + VERSION).getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  /** The bytes do not decrypt: altered, moved to another row, or sealed under another key. */
  static final class Damaged extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Damaged(String kind, UUID row) {
      super("The ciphertext of " + kind + " " + row + " does not open: it was altered or moved");
    }
  }
}

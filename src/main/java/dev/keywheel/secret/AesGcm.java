package dev.keywheel.secret;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM in one layout: a format byte, a 12-byte random nonce, the ciphertext and a 16-byte
 * tag. NIST SP 800-38D allows 2^32 messages per key with random nonces. The {@link
 * EncryptionContext} is authenticated as additional data: in format 1 only its kind and row, in
 * format 2 the whole context and the id of the key. New ciphertexts have format 2.
 */
final class AesGcm {
  static final String ALGORITHM = "AES/GCM/NoPadding";
  static final int NONCE_BYTES = 12;
  static final int TAG_BITS = 128;

  private final SecureRandom random;

  AesGcm(SecureRandom random) {
    this.random = random;
  }

  byte[] seal(CipherKey key, byte[] clear, EncryptionContext context) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    byte[] additional = context.formatTwo(key.id());
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, additional).doFinal(clear);
      byte[] out = new byte[1 + NONCE_BYTES + sealed.length];
      out[0] = CipherKey.FORMAT;
      System.arraycopy(nonce, 0, out, 1, NONCE_BYTES);
      System.arraycopy(sealed, 0, out, 1 + NONCE_BYTES, sealed.length);
      return out;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Throws {@link Damaged} if the key is wrong or the bytes were altered or moved. */
  byte[] open(CipherKey key, byte[] sealed, EncryptionContext context) {
    if (sealed.length < 1 + NONCE_BYTES + TAG_BITS / 8 || !key.opens(sealed[0])) {
      throw new Damaged(context);
    }
    byte[] nonce = Arrays.copyOfRange(sealed, 1, 1 + NONCE_BYTES);
    byte[] additional = sealed[0] == 1 ? context.formatOne() : context.formatTwo(key.id());
    try {
      return cipher(Cipher.DECRYPT_MODE, key, nonce, additional)
          .doFinal(sealed, 1 + NONCE_BYTES, sealed.length - 1 - NONCE_BYTES);
    } catch (AEADBadTagException e) {
      throw new Damaged(context);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Cipher cipher(int mode, CipherKey key, byte[] nonce, byte[] additional)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(ALGORITHM);
    cipher.init(mode, key.key(), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(additional);
    return cipher;
  }

  /**
   * Thrown if bytes cannot be decrypted: altered, moved to another row, or sealed under another
   * key.
   */
  static final class Damaged extends RuntimeException {
    private Damaged(EncryptionContext context) {
      super(
          "The ciphertext of %s %s cannot be decrypted: it was altered or moved"
              .formatted(context.kind(), context.row()));
    }
  }
}

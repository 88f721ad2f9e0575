package dev.keywheel.secret;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keywheel.secret.Vault.EncryptedSecret;
import java.util.UUID;

/** Encrypts with the current data key. Obtained in the transaction that stores the result. */
public final class Sealer {
  private final AesGcm aesGcm;
  private final UUID dataKeyId;
  private final CipherKey key;

  Sealer(AesGcm aesGcm, UUID dataKeyId, CipherKey key) {
    this.aesGcm = aesGcm;
    this.dataKeyId = dataKeyId;
    this.key = key;
  }

  /** Encrypts the secret. {@link Vault#open} needs the same context. */
  public EncryptedSecret seal(Secret secret, EncryptionContext context) {
    byte[] clear = secret.reveal().getBytes(UTF_8);
    return new EncryptedSecret(dataKeyId, aesGcm.seal(key, clear, context));
  }
}

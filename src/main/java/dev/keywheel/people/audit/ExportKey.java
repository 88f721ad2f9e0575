package dev.keywheel.people.audit;

import dev.keywheel.db.Sha256;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.AuditKeys;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.NamedParameterSpec;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * Signs exports with Ed25519, so that they can be verified without Keywheel. The private key is
 * derived from the key that signs the log, so it is not stored.
 */
public final class ExportKey {
  private static final String ALGORITHM = "Ed25519";
  private static final int VERSION = 1;

  private final UUID id;
  private final KeyPair pair;

  private ExportKey(UUID id, KeyPair pair) {
    this.id = id;
    this.pair = pair;
  }

  /** The key of new exports. Throws {@link Rejected} while the vault is sealed. */
  static ExportKey current(AuditKeys keys) {
    return keys.active()
        .flatMap(id -> of(keys, id))
        .orElseThrow(() -> new Rejected("The vault is sealed, so exports cannot be signed."));
  }

  static Optional<ExportKey> of(AuditKeys keys, UUID id) {
    return keys.mac(id, new LineEncoding(VERSION, "keywheel audit export").bytes())
        .map(seed -> new ExportKey(id, pair(seed)));
  }

  /** The key pair of a seed: the generator takes its random bytes as the private key. */
  private static KeyPair pair(byte[] seed) {
    try {
      var generator = KeyPairGenerator.getInstance(ALGORITHM);
      generator.initialize(NamedParameterSpec.ED25519, new Seed(seed));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Seed extends SecureRandom {
    private final byte[] seed;

    Seed(byte[] seed) {
      this.seed = seed;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(seed, 0, bytes, 0, bytes.length);
    }
  }

  UUID id() {
    return id;
  }

  byte[] sign(byte[] message) {
    try {
      var signature = Signature.getInstance(ALGORITHM);
      signature.initSign(pair.getPrivate());
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean verifies(byte[] message, byte[] signed) {
    try {
      var signature = Signature.getInstance(ALGORITHM);
      signature.initVerify(pair.getPublic());
      signature.update(message);
      return signature.verify(signed);
    } catch (SignatureException malformed) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The public key in the PEM format of OpenSSL. */
  public String pem() {
    var base64 = Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
    return "-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----\n";
  }

  /** SHA-256 of the public key in DER, in hex; users compare it with that of an export. */
  public String fingerprint() {
    return Sha256.hex(pair.getPublic().getEncoded());
  }
}

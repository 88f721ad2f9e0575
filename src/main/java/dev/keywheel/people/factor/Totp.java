package dev.keywheel.people.factor;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Time-based codes (RFC 6238) with SHA-1, 6 digits and 30 seconds, which every app supports. */
final class Totp {
  static final int STEP_SECONDS = 30;
  static final int DIGITS = 6;

  /** Number of steps before and after the current one whose codes are accepted. */
  static final int DRIFT = 1;

  /** Length of a secret: the 160 bits that RFC 4226 recommends. */
  private static final int SECRET_BYTES = 20;

  private static final int MODULUS = 1_000_000;

  private Totp() {}

  /** A new secret in base32. */
  static String secret(SecureRandom random) {
    var bytes = new byte[SECRET_BYTES];
    random.nextBytes(bytes);
    return Base32.encode(bytes);
  }

  /**
   * The time step of the code, if the code is valid now and its step is after {@code lastStep};
   * otherwise empty.
   */
  static OptionalLong match(String secret, String code, long lastStep, Instant now) {
    long current = step(now);
    for (long step = current - DRIFT; step <= current + DRIFT; step++) {
      if (step > lastStep && MessageDigest.isEqual(digits(code(secret, step)), digits(code))) {
        return OptionalLong.of(step);
      }
    }
    return OptionalLong.empty();
  }

  private static byte[] digits(String code) {
    return code.getBytes(StandardCharsets.UTF_8);
  }

  static long step(Instant now) {
    return now.getEpochSecond() / STEP_SECONDS;
  }

  static String code(String secret, long step) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(Base32.decode(secret), "HmacSHA1"));
      byte[] hash = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
      int offset = hash[hash.length - 1] & 0xf;
      int number = ByteBuffer.wrap(hash, offset, Integer.BYTES).getInt() & Integer.MAX_VALUE;
      return String.format(Locale.ROOT, "%0" + DIGITS + "d", number % MODULUS);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}

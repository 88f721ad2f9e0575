package dev.keywheel.web.security;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Signs the value of a cookie with its expiry. A page on another port of this host can also set
 * cookies; without a signature, such a cookie could add text or buttons to our pages.
 */
public final class CookieSigner {
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final int PARTS = 3;

  private final Function<String, Optional<byte[]>> hmac;
  private final InstantSource clock;

  /**
   * @param hmac an HMAC under a key of the vault; empty while the vault is sealed
   */
  public CookieSigner(Function<String, Optional<byte[]>> hmac, InstantSource clock) {
    this.hmac = hmac;
    this.clock = clock;
  }

  /**
   * @param value base64, without dots
   * @return empty while the vault is sealed
   */
  public Optional<String> sign(String value, Duration age) {
    String dated = clock.instant().plus(age).getEpochSecond() + "." + value;
    return hmac.apply(dated).map(code -> dated + "." + ENCODER.encodeToString(code));
  }

  /** The signed value; empty if the cookie is altered, expired or not signed by this server. */
  public Optional<String> verify(@Nullable String cookie) {
    var parts = cookie == null ? new String[0] : cookie.split("\\.", PARTS);
    if (parts.length < PARTS) {
      return Optional.empty();
    }
    return hmac.apply(parts[0] + "." + parts[1])
        .filter(code -> matches(code, parts[2]))
        .filter(code -> clock.instant().isBefore(Instant.ofEpochSecond(Long.parseLong(parts[0]))))
        .map(code -> parts[1]);
  }

  private static boolean matches(byte[] code, String sent) {
    return MessageDigest.isEqual(
        ENCODER.encodeToString(code).getBytes(US_ASCII), sent.getBytes(US_ASCII));
  }
}

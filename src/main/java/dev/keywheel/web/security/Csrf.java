package dev.keywheel.web.security;

import dev.keywheel.db.Sha256;
import io.javalin.http.Context;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Rejects cross-site requests by two checks: the origin that the browser reports, and a token that
 * only our pages contain.
 *
 * <p>The token is derived from the session cookie (before sign-in, a visitor cookie), so nothing is
 * stored. It is masked differently on each page, to prevent compression attacks (BREACH).
 */
public final class Csrf {
  public static final String FIELD = "csrf";
  public static final String HEADER = "X-CSRF-Token";

  private static final int BYTES = 32;
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final SecureRandom random;
  private final String publicOrigin;

  /**
   * @param publicOrigin the origin that users open, such as {@code https://keys.example.org}; empty
   *     to compare only with the host of the request
   */
  public Csrf(SecureRandom random, String publicOrigin) {
    this.random = random;
    this.publicOrigin = publicOrigin;
  }

  /**
   * Accepts a request that the browser reports as same-origin.
   *
   * @throws ForgedRequest if the origin is different or missing
   */
  public void checkOrigin(Context ctx) {
    var site = ctx.header("Sec-Fetch-Site");
    var own =
        site != null ? site.equals("same-origin") : isOwn(ctx.header("Origin"), ctx.header("Host"));
    if (!own) {
      throw new ForgedRequest(
          "This request did not come from a Keywheel page, so nothing was changed.");
    }
  }

  private boolean isOwn(@Nullable String origin, @Nullable String host) {
    if (origin == null) {
      return false;
    }
    return origin.equals(publicOrigin)
        || (host != null && (origin.equals("http://" + host) || origin.equals("https://" + host)));
  }

  /**
   * Accepts a request with the token of the browser's cookie. Reads the form.
   *
   * @throws ForgedRequest otherwise
   */
  public void checkToken(Context ctx, @Nullable String cookie) {
    var field = Optional.ofNullable(ctx.formParam(FIELD));
    var sent = Optional.ofNullable(ctx.header(HEADER)).or(() -> field);
    if (cookie == null || sent.isEmpty() || !matches(sent.get(), cookie)) {
      throw new ForgedRequest(
          "This page is out of date, so nothing was changed. Reload it and try again.");
    }
  }

  private static boolean matches(String token, String cookie) {
    byte[] sent;
    try {
      sent = DECODER.decode(token);
    } catch (IllegalArgumentException e) {
      return false;
    }
    if (sent.length != 2 * BYTES) {
      return false;
    }
    var unmasked = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      unmasked[i] = (byte) (sent[i] ^ sent[i + BYTES]);
    }
    return MessageDigest.isEqual(unmasked, secret(cookie));
  }

  /** A masked token for one page. */
  public String token(String cookie) {
    var mask = new byte[BYTES];
    random.nextBytes(mask);
    var secret = secret(cookie);
    var token = new byte[2 * BYTES];
    for (int i = 0; i < BYTES; i++) {
      token[i] = mask[i];
      token[i + BYTES] = (byte) (mask[i] ^ secret[i]);
    }
    return ENCODER.encodeToString(token);
  }

  /** A cookie value for a visitor without a session. */
  public String visitor() {
    var value = new byte[BYTES];
    random.nextBytes(value);
    return ENCODER.encodeToString(value);
  }

  private static byte[] secret(String cookie) {
    return Sha256.of("csrf|" + cookie);
  }
}

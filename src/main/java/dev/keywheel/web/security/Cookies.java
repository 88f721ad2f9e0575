package dev.keywheel.web.security;

import io.javalin.http.Context;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The cookies of this server. On https they carry the {@code __Host-} prefix, which binds them to
 * this host and TLS; browsers refuse that prefix on plain http (loopback).
 */
public final class Cookies {
  public static final String SESSION = "sid";
  public static final String VISITOR = "visitor";
  public static final String BROWSER = "browser";
  public static final String CHALLENGE = "challenge";
  public static final String PASSKEY_CHALLENGE = "passkey";
  public static final String FLASH = "flash";
  public static final String THEME = "theme";

  /**
   * The cookie with the browser's time zone, which a script of the page writes without the prefix.
   */
  private static final String BROWSER_ZONE = "browser-zone";

  /** Age of a cookie that lasts until the browser closes. */
  public static final Duration BROWSER_SESSION = Duration.ofSeconds(-1);

  private static final String LAX = "Lax";

  private final boolean https;

  public Cookies(boolean https) {
    this.https = https;
  }

  @Nullable
  public String read(Context ctx, String name) {
    var value = ctx.cookie(prefixed(name));
    return value == null || value.isEmpty() ? null : value;
  }

  /** The name of the browser's time zone; null if its scripts have not run yet. */
  public @Nullable String browserZone(Context ctx) {
    return ctx.cookie(BROWSER_ZONE);
  }

  /**
   * Sets a cookie with {@code SameSite=Lax}, which browsers send when a user follows a link from
   * another site, but not with forms of that site.
   */
  public void write(Context ctx, String name, String value, Duration age) {
    write(ctx, name, value, age, LAX);
  }

  /** Sets a cookie with {@code SameSite=Strict}, sent only with requests from our own pages. */
  public void writeStrict(Context ctx, String name, String value, Duration age) {
    write(ctx, name, value, age, "Strict");
  }

  public void remove(Context ctx, String name) {
    write(ctx, name, "", Duration.ZERO, LAX);
  }

  /** Sets the header directly, to control all attributes; {@code value} must be base64. */
  private void write(Context ctx, String name, String value, Duration age, String sameSite) {
    var header = new StringBuilder(prefixed(name)).append('=').append(value).append("; Path=/");
    if (!age.isNegative()) {
      header.append("; Max-Age=").append(age.toSeconds());
    }
    if (https) {
      header.append("; Secure");
    }
    header.append("; HttpOnly; SameSite=").append(sameSite);
    ctx.res().addHeader("Set-Cookie", header.toString());
  }

  private String prefixed(String name) {
    return https ? "__Host-" + name : name;
  }
}

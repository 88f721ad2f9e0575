package dev.keywheel.web.security;

import io.javalin.http.Context;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The cookies of this server. On https they carry the {@code __Host-} prefix, with which a browser
 * takes them from this very host over TLS only; on plain http (loopback) browsers refuse that
 * prefix.
 */
public final class Cookies {
  public static final String SESSION = "sid";
  public static final String VISITOR = "visitor";
  public static final String BROWSER = "browser";
  public static final String FLASH = "flash";
  public static final String THEME = "theme";

  /** Until the browser is closed. */
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

  /** Sent along when a link on another site leads here, but not with its forms. */
  public void write(Context ctx, String name, String value, Duration age) {
    write(ctx, name, value, age, LAX);
  }

  /** Sent with requests from our own pages only. */
  public void writeStrict(Context ctx, String name, String value, Duration age) {
    write(ctx, name, value, age, "Strict");
  }

  public void remove(Context ctx, String name) {
    write(ctx, name, "", Duration.ZERO, LAX);
  }

  /** {@code value} is of the letters of base64. Written as a header: what is sent stands here. */
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

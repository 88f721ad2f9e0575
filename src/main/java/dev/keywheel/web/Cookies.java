package dev.keywheel.web;

import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The cookies of this server. On https they carry the {@code __Host-} prefix, with which a browser
 * takes them from this very host over TLS only; on plain http (loopback) browsers refuse that
 * prefix.
 */
final class Cookies {
  static final String SESSION = "sid";
  static final String VISITOR = "visitor";
  static final String FLASH = "flash";
  static final String THEME = "theme";

  /** Until the browser is closed. */
  static final Duration BROWSER_SESSION = Duration.ofSeconds(-1);

  private final boolean https;

  Cookies(boolean https) {
    this.https = https;
  }

  @Nullable String read(Context ctx, String name) {
    var value = ctx.cookie(prefixed(name));
    return value == null || value.isEmpty() ? null : value;
  }

  void write(Context ctx, String name, String value, Duration age, SameSite sameSite) {
    ctx.cookie(
        new Cookie(prefixed(name), value, "/", (int) age.toSeconds(), https, true, null, sameSite));
  }

  void remove(Context ctx, String name) {
    write(ctx, name, "", Duration.ZERO, SameSite.LAX);
  }

  private String prefixed(String name) {
    return https ? "__Host-" + name : name;
  }
}

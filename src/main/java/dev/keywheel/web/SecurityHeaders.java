package dev.keywheel.web;

import io.javalin.http.Context;

/**
 * Headers of every answer, whatever its status. A route that answers something else than a page
 * (the frame of a tool) sets its own policy over the one here.
 */
final class SecurityHeaders {
  /**
   * Nothing but our own files; no inline script or style. {@code frame-src 'self'} matters: with
   * {@code *} a framed tool could leak data by navigating itself.
   */
  static final String CONTENT_SECURITY_POLICY =
      String.join(
          "; ",
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "img-src 'self' data:",
          "font-src 'self'",
          "connect-src 'self'",
          "form-action 'self'",
          "frame-src 'self'",
          "object-src 'none'",
          "base-uri 'none'",
          "frame-ancestors 'none'",
          "report-uri " + Reports.PATH);

  private static final String PERMISSIONS_POLICY =
      "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(),"
          + " fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(),"
          + " payment=(), publickey-credentials-get=(), screen-wake-lock=(), usb=(),"
          + " xr-spatial-tracking=(), clipboard-read=(), clipboard-write=(self)";

  private static final String ONE_YEAR = "max-age=31536000; includeSubDomains";

  private final boolean https;

  SecurityHeaders(boolean https) {
    this.https = https;
  }

  void write(Context ctx) {
    ctx.header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    ctx.header("X-Content-Type-Options", "nosniff");
    ctx.header("Referrer-Policy", "same-origin");
    ctx.header("Cross-Origin-Opener-Policy", "same-origin");
    ctx.header("Cross-Origin-Resource-Policy", "same-origin");
    ctx.header("Permissions-Policy", PERMISSIONS_POLICY);
    ctx.header("Cache-Control", "no-store");
    ctx.header("Vary", "HX-Request");
    if (https) {
      ctx.header("Strict-Transport-Security", ONE_YEAR);
    }
  }
}

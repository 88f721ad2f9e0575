package dev.keywheel.web.security;

import io.javalin.http.Context;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Security headers of every response except those of the gateway. A route that does not return a
 * page, such as a tool's frame, overrides the policy.
 */
public final class SecurityHeaders {
  /** Path to which browsers report violations of the content security policy. */
  public static final String CSP_REPORTS = "/csp";

  /**
   * Allows only our own files and images in data URLs, and no inline script or style. {@code
   * frame-src 'self'} is needed because otherwise a framed tool could leak data by navigating its
   * frame.
   */
  public static final String CONTENT_SECURITY_POLICY =
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
          "report-uri " + CSP_REPORTS);

  private static final String PERMISSIONS_POLICY =
      "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(),"
          + " fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(),"
          + " payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self), screen-wake-lock=(), usb=(),"
          + " xr-spatial-tracking=(), clipboard-read=(), clipboard-write=(self)";

  private static final String ONE_YEAR = "max-age=31536000; includeSubDomains";

  private final Map<String, String> headers;

  public SecurityHeaders(boolean https) {
    var all = new LinkedHashMap<String, String>();
    all.put("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    all.put("X-Content-Type-Options", "nosniff");
    all.put("Referrer-Policy", "same-origin");
    all.put("Cross-Origin-Opener-Policy", "same-origin");
    all.put("Cross-Origin-Resource-Policy", "same-origin");
    all.put("Permissions-Policy", PERMISSIONS_POLICY);
    all.put("Cache-Control", "no-store");
    all.put("Vary", "HX-Request");
    if (https) {
      all.put("Strict-Transport-Security", ONE_YEAR);
    }
    this.headers = Collections.unmodifiableMap(all);
  }

  public void write(Context ctx) {
    headers.forEach(ctx::header);
  }

  /** All headers by name, for responses without a {@link Context}. */
  public Map<String, String> all() {
    return headers;
  }
}

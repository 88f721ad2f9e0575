package dev.keywheel.web.security;

import io.javalin.http.Context;
import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Paths on this server: that of a request, and redirect targets from a request, validated. */
public final class LocalPath {
  // One slash, not followed by a second slash or a backslash (which browsers treat as one);
  // then only printable ASCII, without spaces and backslashes.
  private static final Pattern LOCAL = Pattern.compile("/(?![/\\\\])[\\x21-\\x5b\\x5d-\\x7e]*");
  private static final int LONGEST = 2_000;

  private LocalPath() {}

  /** The local page in the {@code Referer} header, or the start page; never a confirmation page. */
  public static String referer(Context ctx) {
    @Nullable String referer = ctx.header("Referer");
    try {
      var from = URI.create(referer == null ? "" : referer);
      var local = from.getRawAuthority() != null && from.getRawAuthority().equals(ctx.host());
      var query = from.getRawQuery() == null ? "" : "?" + from.getRawQuery();
      return local && !from.getRawPath().startsWith("/confirm")
          ? or(from.getRawPath() + query, "/")
          : "/";
    } catch (IllegalArgumentException e) {
      return "/";
    }
  }

  /** The path and the query of the request. */
  public static String requested(Context ctx) {
    var query = ctx.queryString();
    return query == null ? ctx.path() : ctx.path() + "?" + query;
  }

  /** The path if it is local and well-formed, otherwise {@code fallback}. */
  public static String or(@Nullable String path, String fallback) {
    return path != null && path.length() <= LONGEST && LOCAL.matcher(path).matches()
        ? path
        : fallback;
  }
}

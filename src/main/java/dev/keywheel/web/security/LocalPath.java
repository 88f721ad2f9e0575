package dev.keywheel.web.security;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Validates redirect targets from a request: only paths on this server. */
public final class LocalPath {
  // One slash, not followed by a second slash or a backslash (which browsers treat as one);
  // no control characters.
  private static final Pattern LOCAL = Pattern.compile("/(?![/\\\\])[\\x21-\\x5b\\x5d-\\x7e]*");
  private static final int LONGEST = 2_000;

  private LocalPath() {}

  /** The path if it is local and well-formed, otherwise {@code fallback}. */
  public static String or(@Nullable String path, String fallback) {
    return path != null && path.length() <= LONGEST && LOCAL.matcher(path).matches()
        ? path
        : fallback;
  }
}

package dev.keywheel.web.security;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where to go next, from a request: only ever a page of this server. */
public final class LocalPath {
  // One slash, then anything but a second slash, a backslash (which browsers read as one) or
  // controls.
  private static final Pattern LOCAL = Pattern.compile("/(?![/\\\\])[\\x21-\\x5b\\x5d-\\x7e]*");
  private static final int LONGEST = 2_000;

  private LocalPath() {}

  /** The path when it is local and sound, else {@code fallback}. */
  public static String or(@Nullable String path, String fallback) {
    return path != null && path.length() <= LONGEST && LOCAL.matcher(path).matches()
        ? path
        : fallback;
  }
}

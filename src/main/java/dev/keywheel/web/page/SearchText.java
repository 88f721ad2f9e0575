package dev.keywheel.web.page;

import org.jspecify.annotations.Nullable;

/** Sanitizes search text for the database. */
public final class SearchText {
  private static final int LONGEST = 200;

  private SearchText() {}

  /** The text without NUL and surrounding whitespace, cut to 200 characters; empty for null. */
  public static String of(@Nullable String typed) {
    if (typed == null) {
      return "";
    }
    var clean = typed.replace("\0", "").replace('\u00a0', ' ').strip();
    return clean.substring(0, Math.min(clean.length(), LONGEST)).strip();
  }
}

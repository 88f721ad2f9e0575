package dev.keywheel.web.page;

import dev.keywheel.db.BoundedText;
import org.jspecify.annotations.Nullable;

/** Cleans typed search text. PostgreSQL would reject a text with NUL. */
public final class SearchText {
  private static final int LONGEST = 200;

  private SearchText() {}

  /**
   * The text without NUL and surrounding whitespace, with no-break spaces as spaces, cut to 200
   * characters; empty for null.
   */
  public static String of(@Nullable String typed) {
    if (typed == null) {
      return "";
    }
    var clean = typed.replace("\0", "").replace('\u00a0', ' ').strip();
    return BoundedText.start(clean, LONGEST).strip();
  }
}

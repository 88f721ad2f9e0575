package dev.keywheel.article.reply;

import java.util.Optional;

/** Joins a text that was cut and its continuation where they overlap. */
public final class ContinuationMerger {
  /** Minimum length of an overlap, in characters. */
  static final int MIN_OVERLAP = 20;

  private static final int MAX_OVERLAP = 2_000;

  private ContinuationMerger() {}

  /** Both texts as one; empty if they overlap by less than {@link #MIN_OVERLAP} characters. */
  public static Optional<String> joined(String first, String continuation) {
    int n = overlap(first, continuation);
    return n == 0 ? Optional.empty() : Optional.of(first + continuation.substring(n));
  }

  /** Length of the overlap, at least {@link #MIN_OVERLAP}; otherwise 0. */
  public static int overlap(String first, String continuation) {
    int longest = Math.min(MAX_OVERLAP, Math.min(first.length(), continuation.length()));
    for (int n = longest; n >= MIN_OVERLAP; n--) {
      if (first.regionMatches(first.length() - n, continuation, 0, n)) {
        return n;
      }
    }
    return 0;
  }

  /** Like {@link #joined}, but a continuation without an overlap is appended. */
  public static String appended(String first, String continuation) {
    return joined(first, continuation).orElseGet(() -> first + continuation);
  }
}

package dev.keywheel.article.operation.conversation;

import java.time.Duration;

/** How long to leave a busy model alone: from two seconds, doubling up to thirty. */
final class Waits {
  private static final long FIRST = 2;
  private static final long LONGEST = 30;

  private Waits() {}

  /**
   * @param before waits of the operation so far
   */
  static Duration of(int before) {
    return Duration.ofSeconds(Math.min(LONGEST, FIRST << Math.min(before, 10)));
  }
}

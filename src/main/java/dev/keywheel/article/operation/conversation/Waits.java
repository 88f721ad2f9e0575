package dev.keywheel.article.operation.conversation;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Pauses before a busy model is asked again: two seconds, doubling up to thirty. */
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

  /** {@code ours}, or what the provider asks for when that is longer. */
  static Duration longer(Duration ours, @Nullable Duration asked) {
    return asked != null && asked.compareTo(ours) > 0 ? asked : ours;
  }
}

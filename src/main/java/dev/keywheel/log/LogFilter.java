package dev.keywheel.log;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which lines of a workspace's log to show; a null field lets everything through.
 *
 * @param stream one run or recovery
 * @param level lines of this level and worse
 * @param text part of the message, in any case
 */
public record LogFilter(@Nullable UUID stream, @Nullable Level level, @Nullable String text) {
  public static final LogFilter ALL = new LogFilter(null, null, null);

  boolean hasText() {
    return text != null && !text.isBlank();
  }

  /** The text without blanks around it. */
  String sought() {
    return text == null ? "" : text.strip();
  }
}

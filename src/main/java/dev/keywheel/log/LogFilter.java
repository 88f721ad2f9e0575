package dev.keywheel.log;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Selects lines of a workspace's log; a null field matches all.
 *
 * @param stream one run, recovery or gateway request
 * @param level minimum severity
 * @param gateway whether only lines of the gateway match
 * @param text substring of the message, ignoring case
 */
public record LogFilter(
    @Nullable UUID stream, @Nullable Level level, @Nullable String text, boolean gateway) {
  public static final LogFilter ALL = new LogFilter(null, null, null);

  public LogFilter(@Nullable UUID stream, @Nullable Level level, @Nullable String text) {
    this(stream, level, text, false);
  }

  boolean hasText() {
    return text != null && !text.isBlank();
  }

  /** The text without surrounding whitespace. */
  String strippedText() {
    return text == null ? "" : text.strip();
  }
}

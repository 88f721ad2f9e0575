package dev.keywheel.log;

import java.util.List;

/**
 * Consecutive lines of one stream for a page, oldest first.
 *
 * @param after number of the line after which to continue reading; 0 for the start
 * @param earlier whether there may be lines before these
 * @param removed whether the lines before these were removed by retention
 */
public record LogTail(
    StreamInfo head, List<LogEntry> lines, long after, boolean earlier, boolean removed) {

  /** Number of the first line; {@link #after} if there is none. */
  public long first() {
    return lines.isEmpty() ? after : lines.getFirst().seq();
  }
}

package dev.keywheel.log;

import java.util.List;

/**
 * Lines of one stream as a page shows them, oldest first.
 *
 * @param after the number that the next line follows: 0 before the first one
 * @param earlier whether there are lines before the first of these
 * @param removed whether the lines before these were removed because of their age
 */
public record LogTail(
    StreamInfo head, List<LogEntry> lines, long after, boolean earlier, boolean removed) {

  /** The number of the first line here; {@link #after} when there is none. */
  public long first() {
    return lines.isEmpty() ? after : lines.getFirst().seq();
  }
}

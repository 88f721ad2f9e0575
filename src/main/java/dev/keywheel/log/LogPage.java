package dev.keywheel.log;

import java.util.List;
import java.util.UUID;

/**
 * Lines of several streams, oldest first, and where to read on. The order is that of the positions,
 * so that reading on after {@code next} neither misses a line that commits late nor shows one
 * twice.
 *
 * @param start the place to read backwards from
 * @param earlier whether there are lines before {@code start} that the filter may let through
 * @param partial whether a search ended at {@code start} before it had found enough
 */
public record LogPage(
    List<LogEntry> lines, Cursor start, Cursor next, boolean earlier, boolean partial) {
  /** Comes before every stream. */
  static final UUID NO_STREAM = new UUID(0, 0);

  /**
   * A place between two lines: after the line it names, or before the first one of a position.
   *
   * @param position of the line in the log over all streams
   */
  public record Cursor(long position, UUID stream, long seq) {
    /** Before the first line. */
    public static final Cursor START = new Cursor(Long.MIN_VALUE, NO_STREAM, 0);

    /** As it travels in a URL; {@link #of} reads it back. */
    public String text() {
      return position + "." + stream + "." + seq;
    }

    /**
     * @throws IllegalArgumentException when {@code text} was not made by {@link #text}
     */
    public static Cursor of(String text) {
      var parts = text.split("\\.", -1);
      if (parts.length != 3) {
        throw new IllegalArgumentException("Not a place in the log: " + text);
      }
      return new Cursor(
          Long.parseLong(parts[0]), UUID.fromString(parts[1]), Long.parseLong(parts[2]));
    }
  }
}

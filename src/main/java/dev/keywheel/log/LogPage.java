package dev.keywheel.log;

import java.util.List;
import java.util.UUID;

/**
 * Lines of several streams, oldest first, with the cursor to continue from. The lines are ordered
 * by position, so that continuing from {@code next} neither skips a line that commits late nor
 * repeats one.
 *
 * @param start cursor for reading backwards
 * @param earlier whether lines before {@code start} may match the filter
 * @param partial whether a text search reached its scan limit before it found enough lines; it can
 *     continue from {@code start}, or from {@code next} for lines after a cursor
 */
public record LogPage(
    List<LogEntry> lines, Cursor start, Cursor next, boolean earlier, boolean partial) {
  /** An id that sorts before every id of a stream. */
  static final UUID NO_STREAM = new UUID(0, 0);

  /**
   * A place between two lines: after line {@code seq} of {@code stream}, or, with {@link
   * #NO_STREAM}, before all lines with this position.
   *
   * @param position position in the log of all streams
   */
  public record Cursor(long position, UUID stream, long seq) {
    /** Before the first line. */
    public static final Cursor START = new Cursor(Long.MIN_VALUE, NO_STREAM, 0);

    /** The form used in URLs, parsed by {@link #of}. */
    public String text() {
      return position + "." + stream + "." + seq;
    }

    /**
     * @throws IllegalArgumentException when {@code text} is not a value of {@link #text}
     */
    public static Cursor of(String text) {
      var parts = text.split("\\.", -1);
      if (parts.length != 3) {
        throw new IllegalArgumentException("Not a log cursor: " + text);
      }
      return new Cursor(
          Long.parseLong(parts[0]), UUID.fromString(parts[1]), Long.parseLong(parts[2]));
    }
  }
}

package dev.keywheel.web.page;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A small chart of counts, the newest on the right, with the same numbers as text.
 *
 * @param text meaning of the counts: {@code Calls on each of the last 7 days}
 */
public record Sparkline(String text, List<Long> counts) {
  private static final int STEP = 6;
  private static final int HEIGHT = 20;

  /** Calls by UTC day, oldest first. */
  public static Sparkline days(List<Long> counts) {
    return new Sparkline(
        "Calls on each of the last " + counts.size() + " days in UTC, today last", counts);
  }

  /** Calls by hour, oldest first. */
  public static Sparkline hours(List<Long> counts) {
    return new Sparkline("Calls in each of the last " + counts.size() + " hours", counts);
  }

  public long total() {
    return counts.stream().mapToLong(Long::longValue).sum();
  }

  /** {@code Calls on each of the last 7 days in UTC, today last: 0, 3, 1, 0, 0, 2, 4}. */
  public String description() {
    return counts.stream()
        .map(NumberFormats::grouped)
        .collect(Collectors.joining(", ", text + ": ", ""));
  }

  /** The bars as data of one SVG path: each is a line, with the width of a bar as its stroke. */
  public String bars() {
    return path(true);
  }

  /** The bars for counts of zero, as data of a second SVG path, which has another colour. */
  public String zeros() {
    return path(false);
  }

  private String path(boolean counted) {
    long most = counts.stream().mapToLong(Long::longValue).max().orElse(0);
    var path = new StringBuilder();
    for (int i = 0; i < counts.size(); i++) {
      long count = counts.get(i);
      if (count != 0 == counted) {
        long height = counted ? Math.max(2, count * HEIGHT / most) : 1;
        path.append('M').append(i * STEP + STEP / 2).append(' ').append(HEIGHT);
        path.append('v').append(-height);
      }
    }
    return path.toString();
  }

  public int width() {
    return counts.size() * STEP;
  }

  public int height() {
    return HEIGHT;
  }
}

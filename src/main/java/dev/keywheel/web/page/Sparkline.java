package dev.keywheel.web.page;

import java.util.ArrayList;
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
        "Calls on each of the last " + counts.size() + " days, today last", counts);
  }

  /** Calls by hour, oldest first. */
  public static Sparkline hours(List<Long> counts) {
    return new Sparkline("Calls in each of the last " + counts.size() + " hours", counts);
  }

  /** One bar; a count of zero is a low bar in another colour. */
  public record Bar(int x, int y, int height, boolean none) {
    public int width() {
      return STEP - 2;
    }
  }

  public long total() {
    return counts.stream().mapToLong(Long::longValue).sum();
  }

  /** {@code Calls on each of the last 7 days, today last: 0, 3, 1, 0, 0, 2, 4}. */
  public String words() {
    return counts.stream()
        .map(NumberFormats::grouped)
        .collect(Collectors.joining(", ", text + ": ", ""));
  }

  public List<Bar> bars() {
    long most = counts.stream().mapToLong(Long::longValue).max().orElse(0);
    var bars = new ArrayList<Bar>();
    for (long count : counts) {
      int height = count == 0 ? 1 : (int) Math.max(2, count * HEIGHT / most);
      bars.add(new Bar(bars.size() * STEP + 1, HEIGHT - height, height, count == 0));
    }
    return bars;
  }

  public int width() {
    return counts.size() * STEP;
  }

  public int height() {
    return HEIGHT;
  }
}

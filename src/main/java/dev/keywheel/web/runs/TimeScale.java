package dev.keywheel.web.runs;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The time axis that all operations of a run share, from its first to its last event. More than a
 * minute without any event, such as between a run and its retry, is cut out. The drawing of the
 * axis is {@value #WIDTH} units wide.
 */
final class TimeScale {
  static final int WIDTH = 1_000;

  private static final Duration SHORTEST_CUT = Duration.ofMinutes(1);
  private static final int MAX_TICKS = 5;

  /** Distances between two ticks to choose from, in milliseconds. */
  private static final long[] STEPS = {
    500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000,
    1_800_000
  };

  /** An hour in milliseconds. */
  private static final long HOUR = 3_600_000;

  /** A time span in which something happened. */
  record Span(Instant from, Instant to) {
    static Span at(Instant instant) {
      return new Span(instant, instant);
    }
  }

  private final List<Span> busy;

  /** Distance between two ticks, in milliseconds. */
  private final long step;

  /** The last tick, in milliseconds from the first one. */
  private final long end;

  private TimeScale(List<Span> busy) {
    this.busy = busy;
    long total = busy.stream().mapToLong(TimeScale::millis).sum();
    this.step = step(total);
    this.end = Math.max(1, (total + step - 1) / step) * step;
  }

  static TimeScale of(List<Span> spans) {
    var busy = new ArrayList<Span>();
    for (var span : spans.stream().sorted(Comparator.comparing(Span::from)).toList()) {
      var last = busy.isEmpty() ? null : busy.getLast();
      if (last == null || span.from().isAfter(last.to().plus(SHORTEST_CUT))) {
        busy.add(span);
      } else if (span.to().isAfter(last.to())) {
        busy.set(busy.size() - 1, new Span(last.from(), span.to()));
      }
    }
    return new TimeScale(busy);
  }

  private static long millis(Span span) {
    return Duration.between(span.from(), span.to()).toMillis();
  }

  private static long step(long total) {
    for (long step : STEPS) {
      if (total <= step * MAX_TICKS) {
        return step;
      }
    }
    return (total / MAX_TICKS / HOUR + 1) * HOUR;
  }

  /** Time since the start of the axis, without the time that was cut out. */
  Duration elapsed(Instant at) {
    long before = 0;
    for (var span : busy) {
      if (at.isBefore(span.to())) {
        return Duration.ofMillis(
            before + Math.max(0, Duration.between(span.from(), at).toMillis()));
      }
      before += millis(span);
    }
    return Duration.ofMillis(before);
  }

  /** Distance from the left edge, in units of the drawing. */
  double x(Instant at) {
    return (double) elapsed(at).toMillis() * WIDTH / end;
  }

  /** The distances from the left edge at which idle time was omitted. */
  List<String> cuts() {
    return busy.stream().skip(1).map(span -> number(x(span.from()))).toList();
  }

  /** Labels at equal distances, the first at the left edge and the last at the right one. */
  List<String> ticks() {
    return IntStream.rangeClosed(0, (int) (end / step)).mapToObj(i -> label(i * step)).toList();
  }

  private String label(long millis) {
    if (end < 60_000) {
      return (step < 1_000 ? String.format(Locale.ROOT, "%.1f", millis / 1_000.0) : millis / 1_000)
          + " s";
    }
    long minutes = millis / 60_000;
    return end < HOUR
        ? String.format(Locale.ROOT, "%d:%02d", minutes, millis / 1_000 % 60)
        : String.format(Locale.ROOT, "%d h %02d", minutes / 60, minutes % 60);
  }

  /** A length in a drawing, with one decimal. */
  static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}

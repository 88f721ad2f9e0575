package dev.keywheel.web.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The wheel: keys on a ring in rotation order, the next key under the pointer at the top, then
 * clockwise. A mark shows a key's state by colour and shape; the marks of keys of the next run show
 * the seat number. If there are too many keys for marks, arcs show the count of each state.
 * Coordinates are those of a drawing of {@value #SIZE} by {@value #SIZE} units.
 *
 * @param marks empty if arcs are shown
 * @param arcs empty if marks are shown
 * @param reach the arc outside the ring over the keys of the next run; empty if there is none
 */
public record Wheel(List<Mark> marks, List<Arc> arcs, String reach, int active, int all) {
  static final int SIZE = 240;

  /** Maximum number of keys that are shown as marks; a larger pool is shown as arcs. */
  public static final int MAX_MARKS = 60;

  /** Minimum length of an arc, in degrees, so that even an arc for a single key is visible. */
  static final double SMALLEST_ARC = 6;

  private static final double CENTRE = SIZE / 2.0;
  private static final double RING = 89;
  private static final double REACH = 111;

  /** Degrees from the pointer to the start of the reach. */
  private static final double FROM_POINTER = 9;

  /** Degrees from the last seat to the end of the reach. */
  private static final double BEYOND = 4;

  /** Gap at both ends of an arc, in degrees. */
  private static final double GAP = 1;

  private static final double LARGEST_MARK = 14;
  private static final double FILLED = 0.78;
  private static final double SMALLEST_NUMBERED = 8;

  /**
   * Input for a mark.
   *
   * @param turn whether the rotation would pick this key now
   */
  public record Key(
      String id, String name, String href, Severity tone, String label, boolean turn) {}

  /**
   * A key on the ring.
   *
   * @param seat seat number in the next run; 0 for none
   * @param degrees angle in degrees, clockwise from the pointer
   * @param outline the shape as an SVG path; empty for a circle
   * @param numbered whether the number fits into the mark
   */
  public record Mark(
      Key key,
      int seat,
      int degrees,
      String x,
      String y,
      String radius,
      String outline,
      boolean numbered) {}

  /**
   * A state and its number of keys as an arc.
   *
   * @param from start in degrees, clockwise from the pointer
   * @param to end in degrees
   */
  public record Arc(Severity tone, String label, int count, int from, int to, String path) {}

  /** CSS class of the number of active keys: a long number is smaller, to fit into the ring. */
  public String countCss() {
    int length = NumberFormats.grouped(active).length();
    return length > 7 ? "is-longest" : length > 5 ? "is-long" : "";
  }

  /**
   * @param inOrder all keys in rotation order, at most {@value #MAX_MARKS}
   * @param seats number of keys for the next run
   */
  public static Wheel ofKeys(List<Key> inOrder, int seats) {
    var keys = fromNext(inOrder);
    int active = (int) keys.stream().filter(Key::turn).count();
    int taken = Math.min(seats, active);
    var marks = new ArrayList<Mark>();
    int seat = 0;
    int last = 0;
    for (int i = 0; i < keys.size(); i++) {
      var seated = keys.get(i).turn() && seat < taken;
      if (seated) {
        seat++;
        last = i;
      }
      marks.add(mark(keys.get(i), seated ? seat : 0, i, keys.size()));
    }
    var reach = taken < 2 ? "" : arc(REACH, FROM_POINTER, 360.0 * last / keys.size() + BEYOND);
    return new Wheel(List.copyOf(marks), List.of(), reach, active, keys.size());
  }

  /** Rotates the list so that it starts with the first key that the rotation would pick. */
  private static List<Key> fromNext(List<Key> inOrder) {
    for (int i = 0; i < inOrder.size(); i++) {
      if (inOrder.get(i).turn()) {
        var turned = new ArrayList<>(inOrder.subList(i, inOrder.size()));
        turned.addAll(inOrder.subList(0, i));
        return turned;
      }
    }
    return inOrder;
  }

  private static Mark mark(Key key, int seat, int index, int count) {
    double angle = 2 * Math.PI * index / count;
    double x = CENTRE + RING * Math.sin(angle);
    double y = CENTRE - RING * Math.cos(angle);
    double radius = Math.min(LARGEST_MARK, FILLED * Math.PI * RING / count);
    return new Mark(
        key,
        seat,
        360 * index / count,
        number(x),
        number(y),
        number(radius),
        outline(key.tone(), x, y, radius),
        seat > 0 && radius >= SMALLEST_NUMBERED);
  }

  private static String outline(Severity severity, double x, double y, double r) {
    return switch (severity) {
      case OK, INFO, OFF -> "";
      case WARN -> polygon(x, y - 1.05 * r, x + 1.05 * r, y + 0.8 * r, x - 1.05 * r, y + 0.8 * r);
      case BAD -> polygon(x, y - 1.1 * r, x + 1.1 * r, y, x, y + 1.1 * r, x - 1.1 * r, y);
    };
  }

  private static String polygon(double... points) {
    var path = new StringBuilder();
    for (int i = 0; i < points.length; i += 2) {
      path.append(i == 0 ? "M" : "L")
          .append(number(points[i]))
          .append(' ')
          .append(number(points[i + 1]));
    }
    return path.append('Z').toString();
  }

  /** Input for an arc: a state, its label and its number of keys. */
  public record Part(Severity tone, String label, int count) {}

  /**
   * The arcs of a pool that is too large for marks, clockwise from the pointer. Enlarges parts too
   * small to be visible at the expense of large ones.
   */
  public static Wheel ofParts(List<Part> parts) {
    int all = parts.stream().mapToInt(Part::count).sum();
    var there = parts.stream().filter(part -> part.count() > 0).toList();
    double[] widths = widths(there, all);
    var arcs = new ArrayList<Arc>();
    double from = 0;
    for (int i = 0; i < widths.length; i++) {
      double to = from + widths[i];
      var path = arc(RING, from + GAP, to - GAP);
      var part = there.get(i);
      arcs.add(new Arc(part.tone(), part.label(), part.count(), degrees(from), degrees(to), path));
      from = to;
    }
    int active =
        parts.stream().filter(part -> part.tone() == Severity.OK).mapToInt(Part::count).sum();
    return new Wheel(List.of(), List.copyOf(arcs), "", active, all);
  }

  private static int degrees(double angle) {
    return (int) Math.round(angle);
  }

  /** The width of each part in degrees, 360 in total. */
  private static double[] widths(List<Part> parts, int all) {
    double[] widths = parts.stream().mapToDouble(part -> 360.0 * part.count() / all).toArray();
    double small = Arrays.stream(widths).filter(width -> width < SMALLEST_ARC).count();
    double large = Arrays.stream(widths).filter(width -> width >= SMALLEST_ARC).sum();
    double shrunk = (360 - small * SMALLEST_ARC) / large;
    return Arrays.stream(widths)
        .map(width -> width < SMALLEST_ARC ? SMALLEST_ARC : width * shrunk)
        .toArray();
  }

  private static String arc(double radius, double from, double to) {
    double a = Math.toRadians(from);
    double b = Math.toRadians(to);
    return "M"
        + number(CENTRE + radius * Math.sin(a))
        + " "
        + number(CENTRE - radius * Math.cos(a))
        + "A"
        + number(radius)
        + " "
        + number(radius)
        + " 0 "
        + (to - from > 180 ? 1 : 0)
        + " 1 "
        + number(CENTRE + radius * Math.sin(b))
        + " "
        + number(CENTRE - radius * Math.cos(b));
  }

  /** The key under the pointer; null if arcs are shown or the rotation would pick no key. */
  public @Nullable Key next() {
    return marks.isEmpty() || !marks.getFirst().key().turn() ? null : marks.getFirst().key();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}

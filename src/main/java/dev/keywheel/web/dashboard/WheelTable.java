package dev.keywheel.web.dashboard;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Wheel;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The wheel as a table: all keys if each has a mark, otherwise the arcs and the next keys.
 *
 * @param more note about the keys that are not listed; empty if all active keys are listed
 */
public record WheelTable(List<Part> parts, List<Turn> turns, String more) {

  /**
   * An arc.
   *
   * @param place start and end of the arc on the ring, in degrees
   */
  public record Part(Wheel.Arc arc, String share, String place) {}

  /**
   * A key and its position, counted from the pointer.
   *
   * @param seat seat number in the next run; 0 for none
   */
  public record Turn(int place, Wheel.Key key, int seat, @Nullable Instant lastUsed) {}

  /** A table of all keys, in the order of the ring. */
  static WheelTable ofMarks(Wheel wheel, List<ApiKey> ring) {
    Map<String, ApiKey> keys =
        ring.stream().collect(Collectors.toMap(key -> key.id().toString(), Function.identity()));
    var turns =
        IntStream.range(0, wheel.marks().size())
            .mapToObj(
                i -> {
                  var mark = wheel.marks().get(i);
                  var key = Objects.requireNonNull(keys.get(mark.key().id()));
                  return new Turn(i + 1, mark.key(), mark.seat(), key.lastUsedAt());
                })
            .toList();
    return new WheelTable(List.of(), turns, "");
  }

  /**
   * @param next the keys that the rotation would pick next, in order
   * @param seats number of these keys that the next run gets
   */
  static WheelTable ofArcs(
      Wheel wheel, List<ApiKey> next, Function<ApiKey, Wheel.Key> onWheel, int seats) {
    var turns =
        IntStream.range(0, next.size())
            .mapToObj(
                i ->
                    new Turn(
                        i + 1,
                        onWheel.apply(next.get(i)),
                        i < seats ? i + 1 : 0,
                        next.get(i).lastUsedAt()))
            .toList();
    int left = wheel.active() - turns.size();
    var more =
        left <= 0
            ? ""
            : "Not shown here: "
                + (left == 1
                    ? "1 more active key"
                    : NumberFormats.grouped(left) + " more active keys")
                + (wheel.active() == wheel.all() ? "." : ", and keys that are not in rotation.");
    return new WheelTable(
        wheel.arcs().stream().map(arc -> part(arc, wheel.all())).toList(), turns, more);
  }

  private static Part part(Wheel.Arc arc, int all) {
    return new Part(arc, share(arc.count(), all), arc.from() + "°–" + arc.to() + "°");
  }

  /** The percentage, rounded down, so that only all keys are 100 %. */
  static String share(int count, int all) {
    long thousandths = 1_000L * count / all;
    if (thousandths == 0) {
      return "< 0.1 %";
    }
    return thousandths / 10 + (thousandths % 10 == 0 ? "" : "." + thousandths % 10) + " %";
  }
}

package dev.keywheel.web.runs;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.view.RunView;
import dev.keywheel.web.page.Severity;
import java.util.Comparator;
import java.util.List;

/**
 * The seats of a run as a ring, the first at the top, clockwise. If there are more seats than
 * operations, only seats with an operation are shown. Coordinates are those of a drawing of 200 by
 * 200 units.
 *
 * @param turn angle of the pointer, in whole degrees, to the seat of the operation {@code current}
 * @param current number of the operation at the pointer; 0 before the first operation
 */
public record SeatRing(List<Seat> seats, int turn, int current) {
  private static final double CENTRE = 100;
  private static final double RADIUS = 74;
  private static final List<Severity> BY_URGENCY =
      List.of(Severity.INFO, Severity.BAD, Severity.WARN, Severity.OK, Severity.OFF);

  /**
   * @param ordinals numbers of the operations of the seat, such as {@code 1, 5}
   * @param label the most urgent state of these operations; empty if the seat has no operation
   * @param working whether one of these operations is running
   */
  public record Seat(
      int position,
      String keyName,
      String keyHref,
      String ordinals,
      Severity tone,
      String label,
      boolean working,
      String x,
      String y) {}

  static SeatRing of(RunView run, List<OperationLine> operations) {
    int count = run.seats().size();
    if (count == 0) {
      return new SeatRing(List.of(), 0, 0);
    }
    int drawn = Math.min(count, Operation.all().size());
    var seats =
        run.seats().stream()
            .limit(drawn)
            .map(seat -> seat(seat, drawn, served(operations, seat.position(), count)))
            .toList();
    int current = current(operations);
    return new SeatRing(seats, current == 0 ? 0 : 360 * ((current - 1) % count) / drawn, current);
  }

  private static List<OperationLine> served(List<OperationLine> all, int position, int count) {
    return all.stream().filter(o -> (o.ordinal() - 1) % count == position - 1).toList();
  }

  private static Seat seat(RunView.SeatView seat, int drawn, List<OperationLine> served) {
    double angle = 2 * Math.PI * (seat.position() - 1) / drawn;
    var first = served.stream().min(Comparator.comparingInt(o -> BY_URGENCY.indexOf(o.tone())));
    return new Seat(
        seat.position(),
        seat.keyName(),
        "/keys/" + seat.keyId(),
        String.join(", ", served.stream().map(o -> String.valueOf(o.ordinal())).toList()),
        first.map(OperationLine::tone).orElse(Severity.OFF),
        first.map(OperationLine::label).orElse(""),
        served.stream().anyMatch(OperationLine::working),
        TimeScale.number(CENTRE + RADIUS * Math.sin(angle)),
        TimeScale.number(CENTRE - RADIUS * Math.cos(angle)));
  }

  /**
   * Number of the last running operation, otherwise of the last operation with a call; 0 if there
   * is none.
   */
  private static int current(List<OperationLine> operations) {
    return operations.stream()
        .filter(OperationLine::working)
        .mapToInt(OperationLine::ordinal)
        .max()
        .orElseGet(
            () ->
                operations.stream()
                    .filter(o -> !o.attempts().isEmpty())
                    .mapToInt(OperationLine::ordinal)
                    .max()
                    .orElse(0));
  }

  public boolean planned() {
    return !seats.isEmpty();
  }
}

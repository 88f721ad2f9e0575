package dev.keywheel.web.runs;

import dev.keywheel.article.view.RunView;
import dev.keywheel.article.view.RunView.AttemptView;
import dev.keywheel.article.view.RunView.OperationView;
import dev.keywheel.rotation.OutcomeText;
import dev.keywheel.run.AttemptState;
import dev.keywheel.time.DurationText;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A bar for each operation on one time axis, with its calls.
 *
 * @param ticks labels of the axis at equal distances
 * @param cuts where time without any event was cut out
 * @param bars one per operation, by ordinal; {@link Bar#NONE} for an operation that has not started
 */
public record Timeline(List<String> ticks, List<String> cuts, List<Bar> bars) {
  /** Minimum width of a bar or a mark, so that it is visible. */
  private static final double MIN_WIDTH = 6;

  /**
   * The bar of an operation.
   *
   * @param description the data of the bar as text
   */
  public record Bar(String x, String width, String description, List<Mark> calls) {
    static final Bar NONE = new Bar("0", "0", "Not started", List.of());

    public boolean started() {
      return this != NONE;
    }
  }

  /** A call, drawn in a colour and height that depend on its outcome. */
  public record Mark(
      int no,
      String x,
      String width,
      Severity tone,
      boolean good,
      String started,
      String took,
      String keyName,
      String outcome) {
    public String title() {
      return "Call " + no + ", " + started + ", " + took + ": " + outcome;
    }
  }

  static Timeline of(RunView run, Instant now) {
    var scale = TimeScale.of(spans(run, now));
    return new Timeline(
        scale.ticks(),
        scale.cuts(),
        run.operations().stream().map(operation -> bar(operation, scale, now)).toList());
  }

  private static List<TimeScale.Span> spans(RunView run, Instant now) {
    var spans = new ArrayList<TimeScale.Span>();
    for (var operation : run.operations()) {
      Stream.of(operation.startedAt(), operation.endedAt())
          .filter(Objects::nonNull)
          .forEach(at -> spans.add(TimeScale.Span.at(at)));
      operation
          .attempts()
          .forEach(call -> spans.add(new TimeScale.Span(call.sentAt(), end(call, now))));
    }
    if (!run.state().ended() && !spans.isEmpty()) {
      spans.add(TimeScale.Span.at(now));
    }
    return spans;
  }

  private static Instant end(AttemptView call, Instant now) {
    return call.state() == AttemptState.SENT
        ? now
        : call.sentAt().plusMillis(Objects.requireNonNullElse(call.latencyMs(), 0));
  }

  private static Bar bar(OperationView operation, TimeScale scale, Instant now) {
    var calls = operation.attempts().stream().map(call -> mark(call, scale, now)).toList();
    var first =
        Stream.concat(
                Stream.of(operation.startedAt()),
                operation.attempts().stream().map(AttemptView::sentAt))
            .filter(Objects::nonNull)
            .min(Instant::compareTo);
    if (first.isEmpty()) {
      return Bar.NONE;
    }
    var lastCall =
        operation.attempts().stream().map(call -> end(call, now)).max(Instant::compareTo);
    var ended = operation.endedAt();
    var until =
        ended != null ? ended : operation.state().ended() ? lastCall.orElse(first.get()) : now;
    var description =
        "From %s to %s, %s"
            .formatted(
                DurationText.of(scale.elapsed(first.get())),
                DurationText.of(scale.elapsed(until)),
                NumberFormats.counted(calls.size(), "call"));
    return new Bar(
        TimeScale.number(scale.x(first.get())),
        width(scale, first.get(), until),
        description,
        calls);
  }

  private static Mark mark(AttemptView call, TimeScale scale, Instant now) {
    var end = end(call, now);
    return new Mark(
        call.no(),
        TimeScale.number(scale.x(call.sentAt())),
        width(scale, call.sentAt(), end),
        tone(call.state()),
        call.state() == AttemptState.OK,
        "at " + DurationText.of(scale.elapsed(call.sentAt())),
        call.state() != AttemptState.SENT && call.latencyMs() == null
            ? "duration unknown"
            : DurationText.of(Duration.between(call.sentAt(), end)),
        call.keyName(),
        OutcomeText.sentence(call.state(), call.httpStatus(), call.outcome()));
  }

  private static String width(TimeScale scale, Instant from, Instant to) {
    return TimeScale.number(Math.max(MIN_WIDTH, scale.x(to) - scale.x(from)));
  }

  private static Severity tone(AttemptState state) {
    return switch (state) {
      case OK -> Severity.OK;
      case SENT -> Severity.INFO;
      case HTTP_ERROR, INVALID, TIMEOUT, CUT -> Severity.BAD;
      case UNKNOWN -> Severity.WARN;
      case CANCELLED -> Severity.OFF;
    };
  }

  public boolean drawn() {
    return bars.stream().anyMatch(Bar::started);
  }
}

package dev.keywheel.web.runs;

import dev.keywheel.article.RunRow;
import dev.keywheel.web.TimeText;
import dev.keywheel.web.Tone;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The newest runs. */
public record RunList(List<Line> lines) {

  /** A line of it; {@code duration} is empty before its end. */
  public record Line(RunRow run, Tone tone, String path, String duration, String cost) {}

  static RunList of(List<RunRow> runs) {
    return new RunList(runs.stream().map(RunList::line).toList());
  }

  private static Line line(RunRow run) {
    Instant ended = run.endedAt();
    return new Line(
        run,
        States.tone(run.state()),
        RunRoutes.path(run.id()),
        ended == null ? "" : TimeText.duration(Duration.between(run.createdAt(), ended)),
        Numbers.dollars(run.cost()));
  }
}

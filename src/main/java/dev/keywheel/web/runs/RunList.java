package dev.keywheel.web.runs;

import dev.keywheel.article.view.RunFilter;
import dev.keywheel.article.view.RunFilter.Which;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Page;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.TimeText;
import dev.keywheel.web.page.Url;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of the list.
 *
 * @param which of them was asked for
 * @param previous address of the rows before; null on the first page
 * @param next address of the rows after; null on the last page
 */
public record RunList(
    Which which, List<Line> lines, @Nullable String previous, @Nullable String next) {
  static final int SIZE = 50;

  /** A line of it; {@code duration} is empty before its end. */
  public record Line(RunRow run, Severity tone, String path, String duration, String cost) {}

  /** A choice of the state filter. */
  public record Choice(String label, String href, boolean chosen) {}

  /**
   * @param rows one more than fits tells that there are further ones
   */
  static RunList of(RunFilter filter, List<RunRow> rows) {
    var page =
        Page.of(
            rows,
            SIZE,
            filter.backwards(),
            filter.cursor() == null,
            url(filter.which()),
            RunRow::id);
    return new RunList(
        filter.which(),
        page.shown().stream().map(RunList::line).toList(),
        page.previous(),
        page.next());
  }

  private static Url url(Which which) {
    return Url.of("/runs").with("state", which == Which.ALL ? null : which.word());
  }

  private static Line line(RunRow run) {
    Instant ended = run.endedAt();
    return new Line(
        run,
        States.tone(run.state()),
        RunRoutes.path(run.id()),
        ended == null ? "" : TimeText.duration(Duration.between(run.createdAt(), ended)),
        NumberFormats.dollars(run.cost()));
  }

  public List<Choice> choices() {
    return Arrays.stream(Which.values())
        .map(other -> new Choice(other.label(), url(other).toString(), other == which))
        .toList();
  }

  /** Whether any run can be missing because of what was asked for. */
  public boolean narrowed() {
    return which != Which.ALL || previous != null;
  }
}

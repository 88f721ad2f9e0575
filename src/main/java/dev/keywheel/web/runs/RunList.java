package dev.keywheel.web.runs;

import dev.keywheel.article.view.RunFilter;
import dev.keywheel.article.view.RunFilter.Which;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.web.page.Choice;
import dev.keywheel.web.page.Page;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Url;
import java.util.Arrays;
import java.util.List;

public record RunList(Which which, Page<RunRow> page) {
  static final int SIZE = 50;

  /**
   * @param rows up to {@link #SIZE} rows and one more, which only shows that a further page exists
   */
  static RunList of(RunFilter filter, List<RunRow> rows) {
    boolean first = filter.cursor() == null;
    return new RunList(
        filter.which(),
        Page.of(rows, SIZE, filter.backwards(), first, url(filter.which()), RunRow::id));
  }

  private static Url url(Which which) {
    return Url.of("/runs").with("state", which == Which.ALL ? null : which.word());
  }

  public static Severity tone(RunRow run) {
    return StateSeverity.of(run.state());
  }

  public List<Choice> choices() {
    return Arrays.stream(Which.values())
        .map(other -> new Choice(other.label(), url(other).toString(), other == which))
        .toList();
  }

  public boolean narrowed() {
    return which != Which.ALL || page.previous() != null;
  }

  public String noMatch() {
    return switch (which) {
      case ALL -> "No more runs";
      case OPEN -> "No runs in progress";
      case COMPLETED -> "No completed runs";
      case GAPS -> "No runs with gaps";
      case FAILED -> "No failed runs";
      case CANCELLED -> "No cancelled runs";
    };
  }
}

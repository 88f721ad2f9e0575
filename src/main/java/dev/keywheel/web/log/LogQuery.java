package dev.keywheel.web.log;

import dev.keywheel.log.Level;
import dev.keywheel.log.LogFilter;
import dev.keywheel.log.StreamInfo;
import dev.keywheel.log.StreamKind;
import dev.keywheel.web.page.Url;
import java.util.Optional;

/**
 * The log's filters, read from the URL.
 *
 * @param run a run number or the id of a run, recovery or gateway request; empty for all
 * @param stream the run, recovery or request named by {@code run}; empty if there is none
 * @param level a value of {@link Level}; empty for all
 * @param text search text; empty for all
 * @param gateway whether only lines of the gateway are shown
 */
public record LogQuery(
    String run, Optional<StreamInfo> stream, String level, String text, boolean gateway) {

  /** Whether an unknown number or id was entered, so that no line can match. */
  public boolean unknownRun() {
    return !run.isEmpty() && stream.isEmpty();
  }

  public boolean filters() {
    return !run.isEmpty() || !level.isEmpty() || !text.isEmpty() || gateway;
  }

  LogFilter filter() {
    return new LogFilter(
        stream.map(StreamInfo::id).orElse(null),
        level.isEmpty() ? null : Level.of(level),
        text.isEmpty() ? null : text,
        gateway);
  }

  /** The id of the selected recovery or request; empty for a run or for all. */
  public String streamField() {
    return stream
        .filter(head -> head.kind() != StreamKind.RUN)
        .map(head -> head.id().toString())
        .orElse("");
  }

  /**
   * Value of the field for the run: a run number or invalid input; empty for a recovery or request.
   */
  public String runField() {
    return stream
        .map(head -> head.kind() == StreamKind.RUN ? String.valueOf(head.number()) : "")
        .orElse(run);
  }

  /** A URL that keeps the filters. */
  Url at(String path) {
    return Url.of(path)
        .with("q", text)
        .with("level", level)
        .with("from", gateway ? "gateway" : null)
        .with("run", runField())
        .with("stream", streamField());
  }
}

package dev.keywheel.web.log;

import dev.keywheel.log.Level;
import dev.keywheel.log.LogFilter;
import dev.keywheel.log.StreamInfo;
import dev.keywheel.log.StreamKind;
import dev.keywheel.web.page.Url;
import java.util.Optional;

/**
 * The log's filters, read from the page's URL.
 *
 * @param run what was asked for, a run's number or the id of a run or recovery; empty for all
 * @param stream what that names; empty when nothing was typed, or nothing here has that name
 * @param level a word of {@link Level}; empty for all
 */
public record LogQuery(String run, Optional<StreamInfo> stream, String level, String text) {

  /** A run was named that is not here: no line can match. */
  public boolean unknownRun() {
    return !run.isEmpty() && stream.isEmpty();
  }

  public boolean filters() {
    return !run.isEmpty() || !level.isEmpty() || !text.isEmpty();
  }

  LogFilter filter() {
    return new LogFilter(
        stream.map(StreamInfo::id).orElse(null),
        level.isEmpty() ? null : Level.of(level),
        text.isEmpty() ? null : text);
  }

  /** The id of the recovery that is asked for; empty when it is a run, or all. */
  public String recovery() {
    return stream
        .filter(head -> head.kind() == StreamKind.RECOVERY)
        .map(head -> head.id().toString())
        .orElse("");
  }

  /** Value of the run field: the run's number, or the text that is not one. */
  public String runField() {
    return stream
        .map(head -> head.kind() == StreamKind.RUN ? String.valueOf(head.number()) : "")
        .orElse(run);
  }

  /** An address that keeps what is asked for. */
  Url at(String path) {
    return Url.of(path)
        .with("q", text)
        .with("level", level)
        .with("run", runField())
        .with("stream", recovery());
  }
}

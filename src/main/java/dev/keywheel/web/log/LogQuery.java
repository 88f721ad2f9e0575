package dev.keywheel.web.log;

import dev.keywheel.log.Level;
import dev.keywheel.log.LogFilter;
import dev.keywheel.log.StreamHead;
import dev.keywheel.web.Url;
import java.util.Optional;

/**
 * What the log was asked to show, as it stands in the page's address.
 *
 * @param run what was typed for the run, its number or the id of a stream; empty for all
 * @param stream what that names; empty when nothing was typed, or nothing here has that name
 * @param level a word of {@link Level}; empty for all
 */
public record LogQuery(String run, Optional<StreamHead> stream, String level, String text) {

  /** A run was named that is not here: no line can match. */
  public boolean unknownRun() {
    return !run.isEmpty() && stream.isEmpty();
  }

  public boolean filters() {
    return !run.isEmpty() || !level.isEmpty() || !text.isEmpty();
  }

  LogFilter filter() {
    return new LogFilter(
        stream.map(StreamHead::id).orElse(null),
        level.isEmpty() ? null : Level.of(level),
        text.isEmpty() ? null : text);
  }

  /** An address that keeps what is asked for. */
  Url at(String path) {
    return Url.of(path).with("q", text).with("level", level).with("run", run);
  }
}

package dev.keywheel.web.log;

import dev.keywheel.log.LogEntry;
import dev.keywheel.log.LogPage;
import dev.keywheel.log.StreamInfo;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * The log of all runs, recoveries and gateway requests: the newest lines or an older page.
 *
 * @param tailPath URL to poll for newer lines; empty for older pages, which do not grow
 * @param earlierPath URL of the page with the lines before these; empty if there are none
 * @param partial whether the search covered only some of the earlier lines
 */
public record LogIndex(
    LogQuery query,
    List<Line> lines,
    String tailPath,
    String earlierPath,
    boolean partial,
    String downloadPath) {

  /** A log line and its run, recovery or gateway request. */
  public record Line(LogEntry line, StreamInfo head) {}

  static LogIndex newest(LogQuery query, LogPage page, Map<UUID, StreamInfo> heads) {
    return of(query, page, heads, tail(query, page));
  }

  static LogIndex older(LogQuery query, LogPage page, Map<UUID, StreamInfo> heads) {
    return of(query, page, heads, "");
  }

  private static LogIndex of(
      LogQuery query, LogPage page, Map<UUID, StreamInfo> heads, String tailPath) {
    var lines =
        page.lines().stream()
            .flatMap(
                line ->
                    Optional.ofNullable(heads.get(line.streamId()))
                        .map(head -> new Line(line, head))
                        .stream())
            .toList();
    var earlier =
        page.earlier() ? query.at("/log").with("before", page.start().text()).toString() : "";
    return new LogIndex(
        query, lines, tailPath, earlier, page.partial(), query.at("/log.txt").toString());
  }

  /** URL of the fragment that adds the lines of {@link #earlierPath} to this page. */
  public String addedPath() {
    return earlierPath.replaceFirst("/log", "/log/earlier");
  }

  private static String tail(LogQuery query, LogPage page) {
    return query.at("/log/lines").with("after", page.next().text()).toString();
  }

  public boolean live() {
    return !tailPath.isEmpty();
  }

  public String newestPath() {
    return Objects.toString(query.at("/log"));
  }
}

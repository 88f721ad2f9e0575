package dev.keywheel.web.log;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.log.Level;
import dev.keywheel.log.LogEntry;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The lines of a run's log that belong to one operation, or with ordinal 0 to the run itself.
 *
 * @param lines the lines in order; empty if there are none yet
 */
public record LogStep(int ordinal, List<LogEntry> lines) {

  /** All steps of a run, including those without lines. */
  public static List<LogStep> all(List<LogEntry> lines) {
    return IntStream.rangeClosed(0, Operation.all().size())
        .mapToObj(ordinal -> new LogStep(ordinal, of(lines, ordinal)))
        .toList();
  }

  /** The steps to which these lines belong, without those that have none. */
  public static List<LogStep> among(List<LogEntry> lines) {
    return all(lines).stream().filter(step -> !step.lines().isEmpty()).toList();
  }

  private static List<LogEntry> of(List<LogEntry> lines, int ordinal) {
    return lines.stream()
        .filter(line -> Objects.requireNonNullElse(line.ordinal(), 0) == ordinal)
        .toList();
  }

  public String title() {
    return ordinal == 0 ? "Run and keys" : Operation.of(ordinal).label();
  }

  public String id() {
    return "log-step-" + ordinal;
  }

  public long problems() {
    return lines.stream().filter(line -> line.level() != Level.INFO).count();
  }
}

package dev.keywheel.web.runs;

import dev.keywheel.log.LogTail;
import dev.keywheel.web.page.Choice;
import java.util.List;

/**
 * The page of a run: its progress and its log.
 *
 * @param logBySteps whether the log is grouped by operation instead of ordered by time
 */
public record RunPage(RunProgress progress, LogTail log, boolean logBySteps) {

  public String mode() {
    return switch (progress.run().mode()) {
      case PARALLEL -> "in parallel";
      case FAST -> "fast";
      case SEQUENTIAL -> "one operation at a time";
    };
  }

  public List<Choice> logViews() {
    return List.of(
        new Choice("By time", progress.path(), !logBySteps),
        new Choice("By step", progress.path() + "?log=steps", logBySteps));
  }
}

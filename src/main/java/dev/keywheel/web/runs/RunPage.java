package dev.keywheel.web.runs;

import dev.keywheel.log.LogTail;

/** The page of a run: its progress and its log. */
public record RunPage(RunProgress progress, LogTail log) {

  public String startedBy() {
    return progress.run().startedBy();
  }

  public String mode() {
    return switch (progress.run().mode()) {
      case PARALLEL -> "in parallel";
      case FAST -> "fast";
      case SEQUENTIAL -> "one operation at a time";
    };
  }

  public String logTextPath() {
    return progress.path() + "/log.txt";
  }
}

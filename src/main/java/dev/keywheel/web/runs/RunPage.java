package dev.keywheel.web.runs;

import dev.keywheel.log.LogTail;

/** The page of a run: what moves, its log, and what stays. */
public record RunPage(RunProgress progress, LogTail log) {

  public String startedBy() {
    return progress.run().startedBy();
  }

  public String logTextPath() {
    return progress.path() + "/log.txt";
  }
}

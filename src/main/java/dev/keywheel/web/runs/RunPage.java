package dev.keywheel.web.runs;

/** The page of a run: what moves, and what stays. */
public record RunPage(RunProgress progress, String startedBy, String logTextPath) {

  static RunPage of(RunProgress progress) {
    return new RunPage(progress, progress.run().startedBy(), progress.path() + "/log.txt");
  }
}

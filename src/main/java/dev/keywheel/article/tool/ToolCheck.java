package dev.keywheel.article.tool;

import dev.keywheel.article.tool.BrowserCheck.TestCase;
import java.util.List;

/** Runs a tool in a real browser. */
@FunctionalInterface
public interface ToolCheck {

  /**
   * Runs the test cases and looks for errors, requests, bad numbers and overflow. Never throws;
   * returns {@link BrowserCheck.State#NOT_RUN} if there is no result.
   */
  BrowserCheck check(ToolDocument tool, List<TestCase> tests);

  /** A check that runs no tool, for an installation without a browser; {@code why} is a clause. */
  static ToolCheck none(String why) {
    return (_, _) -> BrowserCheck.notRun(why);
  }
}

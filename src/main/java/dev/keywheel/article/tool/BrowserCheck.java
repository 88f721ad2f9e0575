package dev.keywheel.article.tool;

import dev.keywheel.article.plan.ToolBrief.ToolTest;
import java.util.List;
import java.util.Map;

/**
 * What a real browser showed of a tool.
 *
 * @param why one sentence, in particular why it was not run
 * @param findings what failed whatever the numbers: errors, requests, empty outputs, overflow
 * @param observed one entry for each test case, in the order given
 */
public record BrowserCheck(
    State state, String why, List<Finding> findings, List<Observed> observed) {

  public BrowserCheck {
    // Versions from before this was told apart say passed.
    state = state == State.PASSED && observed.isEmpty() ? State.NOT_COMPARED : state;
  }

  /**
   * "Not run" is its own answer, and so is "not compared": nothing wrong was seen, but no expected
   * number could be held against what was shown. Neither is ever counted as passed.
   */
  public enum State {
    PASSED,
    FAILED,
    NOT_COMPARED,
    NOT_RUN
  }

  /**
   * A test case and what the tool showed.
   *
   * @param outputs text of each output by id, after the tool ran
   * @param mismatches ids of outputs that showed something else than expected
   */
  public record Observed(TestCase test, Map<String, String> outputs, List<String> mismatches) {
    public boolean passed() {
      return mismatches.isEmpty();
    }
  }

  /**
   * Where a test case comes from: the three sources know nothing of one another.
   *
   * @param source {@code plan}, {@code tool} or {@code review}
   */
  public record TestCase(String source, ToolTest test) {}

  public static BrowserCheck notRun(String why) {
    return new BrowserCheck(State.NOT_RUN, why, List.of(), List.of());
  }

  public boolean ran() {
    return state != State.NOT_RUN;
  }

  /** Test cases that passed. */
  public long passed() {
    return observed.stream().filter(Observed::passed).count();
  }
}

package dev.keywheel.article.tool;

import dev.keywheel.article.plan.ToolBrief.ToolTest;
import java.util.List;
import java.util.Map;

/**
 * The result of testing a tool in a real browser.
 *
 * @param why the reason for the state, as a clause for users
 * @param findings problems other than wrong numbers, such as errors, requests and overflow
 * @param observed one entry for each test case that was compared, in the given order
 */
public record BrowserCheck(
    State state, String why, List<Finding> findings, List<ObservedTest> observed) {

  public BrowserCheck {
    // Older versions stored PASSED although no test case was compared.
    state = state == State.PASSED && observed.isEmpty() ? State.NOT_COMPARED : state;
  }

  /**
   * {@code NOT_RUN} and {@code NOT_COMPARED} (no expected number could be compared) never count as
   * passed.
   */
  public enum State {
    PASSED,
    FAILED,
    NOT_COMPARED,
    NOT_RUN
  }

  /**
   * A test case and its result.
   *
   * @param outputs text of each output by id, after the tool ran
   * @param mismatches ids of outputs that differ from the expectation
   */
  public record ObservedTest(TestCase test, Map<String, String> outputs, List<String> mismatches) {
    public boolean passed() {
      return mismatches.isEmpty();
    }
  }

  /**
   * A test case and its source.
   *
   * @param source the author of the test case: {@code plan}, {@code tool} or {@code review}
   */
  public record TestCase(String source, ToolTest test) {}

  public static BrowserCheck notRun(String why) {
    return new BrowserCheck(State.NOT_RUN, why, List.of(), List.of());
  }

  /**
   * The result for a tool that exceeded a limit of the browser and was stopped.
   *
   * @param bound a clause about the tool, such as "used more memory than allowed"
   */
  public static BrowserCheck exceeded(String bound) {
    var finding = Finding.error("H12", 0, "It " + bound + ".");
    return new BrowserCheck(State.FAILED, "it " + bound, List.of(finding), List.of());
  }

  public boolean ran() {
    return state != State.NOT_RUN;
  }

  public long passed() {
    return observed.stream().filter(ObservedTest::passed).count();
  }
}

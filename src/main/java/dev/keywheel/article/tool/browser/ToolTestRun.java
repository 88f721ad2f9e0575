package dev.keywheel.article.tool.browser;

import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.BrowserCheck.ObservedTest;
import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.Numbers;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.browser.ToolSession.PageGone;
import dev.keywheel.article.tool.browser.ToolSession.ToolOutput;
import dev.keywheel.time.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Tests a tool in an open page and reports its faults. */
final class ToolTestRun {
  private static final int SCREEN_WIDTH = 360;
  private static final double MAX_BUSY_MILLIS = 2_000;

  /**
   * Time after which no step begins. A step may take up to {@link
   * BrowserToolCheck#COMMAND_TIMEOUT}.
   */
  private static final long LIMIT_SECONDS = 15;

  private static final Pattern NO_RESULT =
      Pattern.compile("\\bNaN\\b|\\bundefined\\b|\\bInfinity\\b|\\bnull\\b|\\[object ");

  /** Output that is wrong even for an edge case, such as "undefined" without a sentence. */
  private static final Pattern NEVER_SHOWN =
      Pattern.compile(
          "\\bNaN\\b|\\bInfinity\\b|\\[object |^[^\\p{L}]*undefined\\P{L}*\\p{L}{0,3}\\P{L}*$");

  private final ToolSession session;
  private final ToolDocument tool;
  private final List<Finding> findings = new ArrayList<>();
  private final List<ObservedTest> observed = new ArrayList<>();
  private final Set<Map<String, String>> outputs = new HashSet<>();
  private final Deadline deadline = new Deadline(Duration.ofSeconds(LIMIT_SECONDS));
  private String step = "while it loads";
  private boolean busy;

  ToolTestRun(ToolSession session, ToolDocument tool) {
    this.session = session;
    this.tool = tool;
  }

  /**
   * @throws IOException when the browser fails; a failure of the tool is a finding instead
   */
  BrowserCheck run(List<TestCase> tests) throws IOException {
    try {
      session.open();
      steps(tests);
    } catch (PageGone gone) {
      error("H08", gone.getMessage() + " " + step + ".");
    }
    session.errors().stream()
        .distinct()
        .forEach(e -> findings.add(Finding.error("H01", 0, "The script fails: " + e)));
    session.requests().stream()
        .distinct()
        .forEach(
            r ->
                findings.add(
                    Finding.error("H03", 0, "The tool tried to send a network request: " + r)));
    boolean failed =
        findings.stream().anyMatch(Finding::isError)
            || observed.stream().anyMatch(o -> !o.passed());
    if (failed) {
      return result(State.FAILED, "something went wrong");
    }
    return observed.isEmpty()
        ? result(
            State.NOT_COMPARED,
            "no expected number could be compared with a number that the tool shows")
        : result(State.PASSED, "all requested results were seen");
  }

  private BrowserCheck result(State state, String why) {
    return new BrowserCheck(state, why, List.copyOf(findings), List.copyOf(observed));
  }

  private void steps(List<TestCase> tests) throws IOException {
    int width = session.width();
    for (var test : tests) {
      if (shouldStop()) {
        return;
      }
      runTest(test);
    }
    checkReaction();
    if (observed.isEmpty()) {
      findings.add(
          Finding.warning(
              "H10", 0, "No expected number could be compared with what the tool shows."));
      runTest(byExample());
    }
    if (!shouldStop()) {
      boundaryValues();
    }
    for (var how : List.of("empty", "letters", "huge")) {
      if (shouldStop()) {
        return;
      }
      checkSpoiledFields(how);
    }
    step = "after its tests";
    width = Math.max(width, session.width());
    if (width > SCREEN_WIDTH + 1) {
      error("H07", "The content is " + width + " pixels wide on a screen of " + SCREEN_WIDTH + ".");
    }
    addAll("H13", "Users cannot see ", session.hidden(tool.manifest()));
    if (tool.html().contains("color-scheme")) {
      addAll("H14", "On a dark screen the contrast is too low for ", session.unreadableInTheDark());
    }
  }

  private void addAll(String rule, String start, List<String> parts) {
    if (!parts.isEmpty()) {
      var some = String.join(", ", parts.subList(0, Math.min(5, parts.size())));
      error(rule, start + some + ".");
    }
  }

  /** Whether to skip the remaining tests: the tool was busy for too long, or time is up. */
  private boolean shouldStop() {
    if (!busy && deadline.passed()) {
      add(
          Finding.warning(
              "H11",
              0,
              "Some checks were skipped: the time limit of %s seconds was reached."
                  .formatted(LIMIT_SECONDS)));
    }
    return busy || deadline.passed();
  }

  /** A test case without expectations, from the tool's own examples. */
  private TestCase byExample() {
    var set = new LinkedHashMap<String, String>();
    tool.manifest().inputs().stream()
        .filter(i -> !i.example().isEmpty())
        .forEach(i -> set.put(i.id(), i.example()));
    return new TestCase("tool", new ToolTest(set, List.of()));
  }

  private void runTest(TestCase test) throws IOException {
    step =
        test.test().set().isEmpty()
            ? "when it is started"
            : "with " + tool.manifest().described(test.test().set());
    var shown = session.test(test.test(), tool.manifest());
    if (!shown.unknown().isEmpty()) {
      if (!test.test().expect().isEmpty()) {
        addUnknownFields(test.source(), shown.unknown());
      }
      return;
    }
    if (!halfFilled(test) && shown.outputs().values().stream().allMatch(String::isEmpty)) {
      error(
          "H04",
          "No output is shown after the button is pressed"
              + (shown.message().isEmpty() ? "." : "; the tool says: " + shown.message()));
    }
    checkOutputs(shown.outputs(), NO_RESULT);
    checkBusy(shown);
    var mismatches = new ArrayList<String>();
    for (var expected : test.test().expect()) {
      if (!Numbers.shows(shown.outputs().getOrDefault(expected.output(), ""), expected)) {
        mismatches.add(expected.output());
      }
    }
    if (!test.test().expect().isEmpty()) {
      outputs.add(shown.outputs());
      observed.add(new ObservedTest(test, cut(shown.outputs()), List.copyOf(mismatches)));
    }
  }

  /** The outputs for the report and for prompts. */
  private static Map<String, String> cut(Map<String, String> outputs) {
    var cut = new LinkedHashMap<>(outputs);
    cut.replaceAll((_, text) -> TextCleaner.cut(text, ToolSession.MAX_TEXT));
    return cut;
  }

  /** Finds a tool whose outputs stay the same for inputs that must have different results. */
  private void checkReaction() {
    var tests = observed.stream().map(o -> o.test().test()).toList();
    if (tests.stream().map(ToolTest::set).distinct().count() > 1
        && tests.stream().map(ToolTest::expect).distinct().count() > 1
        && outputs.size() == 1
        && observed.stream().anyMatch(o -> !o.passed())) {
      error("H04", "The outputs are the same for all inputs of the tests.");
    }
  }

  private void addUnknownFields(String source, List<String> unknown) {
    var finding =
        Finding.warning(
            "H10",
            0,
            "A test case of the %s sets fields or choices that the tool does not have: %s."
                .formatted(source, String.join(", ", unknown)));
    if (!findings.contains(finding)) {
      findings.add(finding);
    }
  }

  /** Whether a test without expectations leaves a field unset; then no output is required. */
  private boolean halfFilled(TestCase test) {
    return test.test().expect().isEmpty()
        && !tool.manifest().inputs().stream().allMatch(i -> test.test().set().containsKey(i.id()));
  }

  /**
   * Tries zero in each number field, and also the planned minimum minus 1 if the minimum is not
   * above zero. The other fields keep the values of the last test. Then tries zero in all number
   * fields together. These values may be valid, so only output that is never correct is a fault.
   */
  private void boundaryValues() throws IOException {
    var edges = new ArrayList<Map<String, String>>();
    var zero = new LinkedHashMap<String, String>();
    for (var input : tool.manifest().inputs()) {
      if (input.type().equals("number")) {
        zero.put(input.id(), "0");
        edges.add(Map.of(input.id(), "0"));
        var min = input.min();
        if (min != null && min <= 0) {
          edges.add(Map.of(input.id(), Numbers.plain(min - 1)));
        }
      }
    }
    if (zero.size() > 1) {
      edges.add(zero);
    }
    session.recordErrors(false);
    for (var edge : edges) {
      if (shouldStop()) {
        break;
      }
      step = "with " + tool.manifest().described(edge);
      var shown = session.edge(edge, tool.manifest());
      checkBusy(shown);
      checkOutputs(shown.outputs(), NEVER_SHOWN);
    }
    session.recordErrors(true);
  }

  private void checkSpoiledFields(String how) throws IOException {
    step = "with " + how + " fields";
    var shown = session.spoil(how, tool.manifest());
    checkOutputs(shown.outputs(), NO_RESULT);
    boolean numbers = tool.manifest().inputs().stream().anyMatch(i -> i.type().equals("number"));
    if (how.equals("empty") && numbers && shown.message().isEmpty() && !shown.invalid()) {
      add(Finding.warning("H06", 0, "The tool shows no message when its fields are empty."));
    }
  }

  private void checkBusy(ToolOutput shown) {
    if (shown.busyMillis() > MAX_BUSY_MILLIS) {
      busy = true;
      error("H08", "The tool was busy for " + Math.round(shown.busyMillis()) + " ms " + step + ".");
    }
  }

  private void checkOutputs(Map<String, String> outputs, Pattern never) {
    outputs.forEach(
        (id, text) -> {
          var bad = never.matcher(text);
          if (bad.find()) {
            error(
                "H05", "The output \"" + id + "\" shows " + bad.group().strip() + " " + step + ".");
          }
        });
  }

  private void error(String rule, String text) {
    add(Finding.error(rule, 0, text));
  }

  /** Adds a finding unless its rule already has one; one is enough for a correction. */
  private void add(Finding finding) {
    if (findings.stream().noneMatch(f -> f.rule().equals(finding.rule()))) {
      findings.add(finding);
    }
  }
}

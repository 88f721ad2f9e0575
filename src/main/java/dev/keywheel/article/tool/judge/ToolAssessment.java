package dev.keywheel.article.tool.judge;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.BrowserCheck.ObservedTest;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.Numbers;
import dev.keywheel.article.tool.ToolCheck;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.rules.ToolLinter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * A tool with its test results.
 *
 * @param findings findings of the static rules
 */
public record ToolAssessment(ToolDocument tool, List<Finding> findings, BrowserCheck browser) {
  /** The test cases of all sources, mapped to the ids of the tool. */
  public static List<TestCase> tests(ToolBrief brief, ToolDocument tool, List<ToolTest> review) {
    return tests(brief, tool, tool.manifest().tests(), review);
  }

  /**
   * @param author the test cases of the tool's author, which a corrected version may have lost
   */
  static List<TestCase> tests(
      ToolBrief brief, ToolDocument tool, List<ToolTest> author, List<ToolTest> review) {
    var fit = new TestCaseMapper(brief, tool);
    var all = new ArrayList<TestCase>();
    brief.tests().forEach(t -> all.add(new TestCase("plan", fit.fitted(t))));
    author.forEach(t -> all.add(new TestCase("tool", fit.fitted(t))));
    review.forEach(t -> all.add(new TestCase("review", fit.fitted(t))));
    return all;
  }

  /** Checks a tool against the static rules and in the browser. Blocks. */
  public static ToolAssessment of(
      ToolDocument tool, String language, List<TestCase> tests, ToolCheck check) {
    return new ToolAssessment(tool, ToolLinter.check(tool, language), check.check(tool, tests));
  }

  /** Number of errors that the static rules found. */
  public int errors() {
    return (int) findings.stream().filter(Finding::isError).count();
  }

  /** Number of errors in the browser test and of outputs that two sources refute. */
  public int failures() {
    return failed() + refuted().size();
  }

  private int failed() {
    return (int) browser.findings().stream().filter(Finding::isError).count();
  }

  public int warnings() {
    return (int)
        (findings.stream().filter(f -> !f.isError()).count()
            + browser.findings().stream().filter(f -> !f.isError()).count());
  }

  /** Whether the tool may be published. */
  public boolean acceptable() {
    return errors() == 0 && failures() == 0;
  }

  /**
   * Whether this version is worse than another, by errors, failures, disputed cases, number of
   * cases and warnings, in this order. If both versions ran, only cases that ran with both can be
   * refuted or disputed, so that a version gains nothing if a case cannot run.
   */
  public boolean worseThan(ToolAssessment other) {
    return BY_SCORE.compare(scored(other), other.scored(this)) > 0;
  }

  private record Score(int errors, int failures, int disputed, int compared, int warnings) {}

  private static final Comparator<Score> BY_SCORE =
      Comparator.comparingInt(Score::errors)
          .thenComparingInt(Score::failures)
          .thenComparingInt(Score::disputed)
          .thenComparing(Score::compared, Comparator.reverseOrder())
          .thenComparingInt(Score::warnings);

  private Score scored(ToolAssessment other) {
    boolean bothRan = browser.ran() && other.browser.ran();
    var testEvidence = new TestEvidence(browser.observed());
    var common =
        bothRan ? testEvidence.common(new TestEvidence(other.browser.observed())) : testEvidence;
    return new Score(
        errors(),
        failed() + common.refuted().size(),
        common.disputed(),
        browser.observed().size(),
        warnings());
  }

  /** All findings, including the refuted outputs, for a model or a user. */
  public List<Finding> all() {
    var all = new ArrayList<>(findings);
    all.addAll(browser.findings());
    refuted()
        .forEach(
            id ->
                all.add(
                    Finding.error(
                        "H09",
                        0,
                        "Two sources agree that the output \"%s\" is wrong: %s"
                            .formatted(id, observedOf(id)))));
    return all;
  }

  private Set<String> refuted() {
    return new TestEvidence(browser.observed()).refuted();
  }

  private String observedOf(String output) {
    return browser.observed().stream()
        .filter(o -> o.mismatches().contains(output))
        .map(this::difference)
        .findFirst()
        .orElse("");
  }

  /** The test cases with another result, as sentences. Their sources may be wrong. */
  public List<String> disputes() {
    return browser.observed().stream()
        .filter(o -> !o.passed())
        .map(
            o ->
                "Source \"%s\" expects another result: %s."
                    .formatted(o.test().source(), difference(o)))
        .toList();
  }

  /** The inputs, and the expected and shown values of the wrong outputs, on one line. */
  public String difference(ObservedTest o) {
    var expected =
        o.test().test().expect().stream()
            .filter(e -> o.mismatches().contains(e.output()))
            .map(
                e ->
                    tool.manifest().output(e.output())
                        + (e.number() == null ? " " : " = ")
                        + Numbers.conditions(e))
            .toList();
    var shown =
        o.mismatches().stream()
            .map(id -> tool.manifest().output(id) + " = " + o.outputs().getOrDefault(id, "nothing"))
            .toList();
    return "with "
        + tool.manifest().described(o.test().test().set())
        + " expected "
        + String.join(", ", expected)
        + ", shown "
        + String.join(", ", shown);
  }
}

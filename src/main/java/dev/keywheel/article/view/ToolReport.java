package dev.keywheel.article.view;

import dev.keywheel.article.run.model.PartBodies.ReviewBody;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.BrowserCheck.ObservedTest;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.Manifest;
import dev.keywheel.article.tool.Numbers;
import dev.keywheel.article.tool.Review;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How the tool of an article was checked, for users: by static rules, in a browser, and by a model.
 *
 * @param accepted whether the page contains it
 * @param maker the source of the version: {@code generator}, {@code validator} or {@code edit}
 * @param verdict verdict of the reviewing model; null without a review
 * @param decision which version was chosen and why; empty without a review
 * @param browser the result of the browser test; {@code browserWhy} is the reason for it
 * @param code the document, for a tool that is not published; empty otherwise
 */
public record ToolReport(
    boolean accepted,
    String maker,
    Review.@Nullable Verdict verdict,
    String decision,
    List<Review.Issue> issues,
    BrowserCheck.State browser,
    String browserWhy,
    List<TestedCase> tests,
    List<Finding> findings,
    String code) {

  /**
   * A test case.
   *
   * @param source origin of the expected outputs: {@code plan}, {@code tool} or {@code review}
   * @param inputs label and value of each field, in their order
   */
  public record TestedCase(
      String source, String inputs, List<ComparedOutput> outputs, boolean passed) {}

  /** An output: what was expected and what the tool showed. */
  public record ComparedOutput(String output, String expected, String shown, boolean same) {}

  static Optional<ToolReport> of(PartSet partSet) {
    return partSet.tool().map(tool -> of(tool, review(partSet)));
  }

  private static @Nullable ReviewBody review(PartSet partSet) {
    return partSet.part(PartName.REVIEW).map(p -> p.as(ReviewBody.class)).orElse(null);
  }

  private static ToolReport of(ToolBody tool, @Nullable ReviewBody review) {
    return new ToolReport(
        tool.accepted(),
        tool.source(),
        review == null ? null : review.review().verdict(),
        review == null ? "" : review.decision(),
        review == null ? List.of() : review.review().issues(),
        tool.browser().state(),
        tool.browser().why(),
        tool.browser().observed().stream()
            .map(o -> testedCase(o, tool.document().manifest()))
            .toList(),
        tool.findings(),
        tool.accepted() ? "" : tool.document().html());
  }

  private static TestedCase testedCase(ObservedTest observed, Manifest manifest) {
    var test = observed.test().test();
    var outputs =
        test.expect().stream()
            .map(
                e ->
                    new ComparedOutput(
                        manifest.output(e.output()),
                        Numbers.conditions(e),
                        observed.outputs().getOrDefault(e.output(), ""),
                        !observed.mismatches().contains(e.output())))
            .toList();
    return new TestedCase(
        observed.test().source(), manifest.described(test.set()), outputs, observed.passed());
  }

  /** Number of test cases in which the tool showed the expected outputs. */
  public long passed() {
    return tests.stream().filter(TestedCase::passed).count();
  }

  /** The findings of the static rules. */
  public List<Finding> byRules() {
    return findings.stream().filter(f -> !f.inBrowser()).toList();
  }

  /** The findings of the browser test. */
  public List<Finding> inBrowser() {
    return findings.stream().filter(Finding::inBrowser).toList();
  }

  /** The number of findings that prevent publication. */
  public static long errors(List<Finding> findings) {
    return findings.stream().filter(Finding::isError).count();
  }
}

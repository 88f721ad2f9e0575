package dev.keywheel.article.tool;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.tool.BrowserCheck.Observed;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * A tool with everything that was found out about it.
 *
 * @param findings of the static rules
 * @param browser what was seen when it ran
 */
public record Examined(ToolDocument tool, List<Finding> findings, BrowserCheck browser) {
  private static final Comparator<Examined> BY_SCORE =
      Comparator.comparingInt(Examined::errors)
          .thenComparingInt(Examined::failures)
          .thenComparingInt(Examined::disputed)
          .thenComparingInt(Examined::warnings);

  /** The test cases of all sources for a tool. */
  public static List<TestCase> tests(ToolBrief brief, ToolDocument tool, List<ToolTest> review) {
    var all = new ArrayList<TestCase>();
    brief.tests().forEach(t -> all.add(new TestCase("plan", t)));
    tool.manifest().tests().forEach(t -> all.add(new TestCase("tool", t)));
    review.forEach(t -> all.add(new TestCase("review", t)));
    return all;
  }

  public static Examined of(
      ToolDocument tool, String language, List<TestCase> tests, ToolCheck check) {
    return new Examined(tool, StaticRules.check(tool, language), check.check(tool, tests));
  }

  /** Broken rules. */
  public int errors() {
    return (int) findings.stream().filter(Finding::isError).count();
  }

  /** What went wrong in the browser, and outputs that are wrong by the word of two sources. */
  public int failures() {
    return (int) browser.findings().stream().filter(Finding::isError).count() + refuted().size();
  }

  /** Test cases in which the tool showed something else than one source expects. */
  public int disputed() {
    return new Testimony(browser.observed()).disputed();
  }

  public int warnings() {
    return (int)
        (findings.stream().filter(f -> !f.isError()).count()
            + browser.findings().stream().filter(f -> !f.isError()).count());
  }

  /** Nothing stands in the way of publishing it. */
  public boolean acceptable() {
    return errors() == 0 && failures() == 0;
  }

  public boolean worseThan(Examined other) {
    return BY_SCORE.compare(this, other) > 0;
  }

  /** All findings, the refuted outputs among them, as they are told to a model or a person. */
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
                        "Two sources agree that the output \""
                            + id
                            + "\" is wrong: "
                            + observedOf(id))));
    return all;
  }

  private Set<String> refuted() {
    return new Testimony(browser.observed()).refuted();
  }

  private String observedOf(String output) {
    return browser.observed().stream()
        .filter(o -> o.mismatches().contains(output))
        .map(this::difference)
        .findFirst()
        .orElse("");
  }

  /** What was set, what was expected and what was shown, in one line. */
  public String difference(Observed o) {
    var expected =
        o.test().test().expect().stream()
            .filter(e -> o.mismatches().contains(e.output()))
            .map(
                e ->
                    tool.manifest().output(e.output())
                        + " = "
                        + (e.number() != null
                            ? Numbers.plain(e.number())
                            : e.contains() != null ? e.contains() : e.matches()))
            .toList();
    var shown =
        o.mismatches().stream()
            .map(id -> tool.manifest().output(id) + " = " + o.outputs().getOrDefault(id, "nothing"))
            .toList();
    return "with "
        + tool.manifest().said(o.test().test().set())
        + " expected "
        + String.join(", ", expected)
        + ", shown "
        + String.join(", ", shown);
  }
}

package dev.keywheel.article.tool;

import static dev.keywheel.article.tool.ToolRulesTest.BRIEF;
import static dev.keywheel.article.tool.ToolRulesTest.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.plan.ToolBrief.Expect;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.tool.BrowserCheck.ObservedTest;
import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import dev.keywheel.article.tool.Review.Verdict;
import dev.keywheel.article.tool.judge.ToolAssessment;
import dev.keywheel.article.tool.judge.VersionSelection;
import dev.keywheel.article.tool.rules.ToolLinter;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which version of a tool is used after its tests and its review. */
class VersionSelectionTest {
  private static ToolAssessment assessment(String html, String... wrong) {
    return assessment(html, List.of("sum"), wrong);
  }

  private static ToolAssessment assessment(String html, List<String> differing, String... sources) {
    var tool = ToolDocument.of(html, BRIEF, "en");
    var observed =
        java.util.Arrays.stream(sources)
            .map(
                source ->
                    new ObservedTest(
                        new TestCase(
                            source,
                            new ToolTest(
                                Map.of("a", "1"),
                                List.of(new Expect("sum", 2.0, null, null, null)))),
                        Map.of("sum", "3"),
                        differing))
            .toList();
    return new ToolAssessment(
        tool,
        ToolLinter.check(tool, "en"),
        new BrowserCheck(State.FAILED, "", List.of(), observed));
  }

  @Test
  void one_source_disputes_a_number_and_two_refute_it() {
    assertThat(assessment(GOOD, "plan").acceptable()).isTrue();
    var passed = assessment(GOOD, List.of(), "plan");
    assertThat(assessment(GOOD, "plan").worseThan(passed)).as("disputed").isTrue();
    assertThat(assessment(GOOD, "plan", "review").acceptable()).isFalse();
  }

  @Test
  void a_dispute_names_every_condition_of_an_expected_output() {
    var expect = new Expect("sum", 2.0, null, "EUR", "\\d");
    var test = new TestCase("plan", new ToolTest(Map.of("a", "1"), List.of(expect)));
    var shown = new ObservedTest(test, Map.of("sum", "2"), List.of("sum"));
    assertThat(assessment(GOOD).difference(shown))
        .endsWith("expected Sum = 2, contains EUR, matches \\d, shown Sum = 2");
  }

  private static VersionSelection selection(
      Verdict verdict, String before, @Nullable String corrected) {
    return VersionSelection.of(
        assessment(before),
        "generator",
        new Review(verdict, List.of(), List.of(), corrected),
        BRIEF,
        "en",
        ToolCheck.none("test"));
  }

  @Test
  void the_reviewer_cannot_make_a_tool_worse() {
    var worse = GOOD.replace("history.push(value);", "fetch('x');");
    assertThat(selection(Verdict.FIXED, GOOD, worse).source()).isEqualTo("generator");
    assertThat(selection(Verdict.FIXED, worse, GOOD).source()).isEqualTo("validator");
    assertThat(selection(Verdict.FIXED, GOOD, GOOD.replace("Adds", "Adds up")).source())
        .as("a tie goes to the correction")
        .isEqualTo("validator");
    assertThat(selection(Verdict.REJECT, GOOD, null).source()).isEqualTo("generator");
    assertThat(selection(Verdict.REJECT, GOOD, null).decision().contains("disagrees")).isTrue();
    assertThat(selection(Verdict.PASS, worse, null).selected().acceptable()).isFalse();
  }

  /**
   * The good tool with the faults that the bits of a number select: 1 and 2 for an error each, 4
   * for a warning.
   */
  private static String withFaults(int bits) {
    var html = GOOD;
    html = (bits & 1) == 0 ? html : html.replace("history.push(value);", "fetch('x');");
    html = (bits & 2) == 0 ? html : html.replace("body{", "@import 'x';body{");
    return (bits & 4) == 0 ? html : html.replace("<h1>", "<h1 onclick='x()'>");
  }

  @Test
  void the_better_version_is_selected_for_every_review() {
    var all = IntStream.range(0, 8).mapToObj(VersionSelectionTest::withFaults).toList();
    var scores = new HashSet<List<Integer>>();
    for (var before : all) {
      for (var corrected : all) {
        for (var verdict : Verdict.values()) {
          var taken = selection(verdict, before, corrected).selected();
          assertThat(taken.worseThan(assessment(before)))
              .as(() -> verdict + "\n" + before)
              .isFalse();
          assertThat(taken.worseThan(assessment(corrected)))
              .as(() -> verdict + "\n" + corrected)
              .isFalse();
          scores.add(List.of(taken.errors(), taken.warnings()));
        }
      }
    }
    assertThat(scores.size() > 3).as(scores::toString).isTrue();
  }
}

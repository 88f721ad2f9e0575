package dev.keywheel.article.tool.judge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.plan.ToolBrief.Expect;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.tool.BrowserCheck.ObservedTest;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How independent sources of test cases refute a tool, or are found to be wrong. */
class TestEvidenceTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-+|-|-|a fault that one case does not show",
        "-+|-|''|the same before a review",
        "--+|--+|--+|a fault that the edge case of no source shows",
        "--|+++|--|an author with the mistake of the tool",
        "--|''|--|both of two sources",
        "1+|+|1+|two for the same inputs, whatever else agrees",
        "1+|1+|+-|a copied case that the cases of the reviewer do not clear up",
        "12|12|1+|copied cases that one case of the reviewer confirms by chance",
      })
  void two_sources_refute_an_output(String plan, String tool, String review, String why) {
    assertThat(refuted(plan, tool, review)).as(why).isEqualTo(Set.of("sum"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "---|+|+++|a plan with a misunderstanding",
        "---|''|''|a plan alone",
        "---|+++|-++|a plan with a misunderstanding and a slip of the reviewer",
        "---|''|-++|the same without cases of the author",
        "-++|-++|-++|one slip of each source",
        "-+|+++|-+|two slips, the author's cases agree",
        "-+|''|-+|two slips, nothing else is known",
        "1++|1++|+++|a slip of the plan, copied by the author",
        "1+|1+|''|the same without a reviewer",
        "12|12|''|a misunderstanding of the plan, copied by the author",
        "12|12|+++|the same, and a reviewer without it",
        "+|+|+|a good tool",
        "''|''|''|nothing was compared",
      })
  void errors_of_the_sources_do_not_refute_a_correct_tool(
      String plan, String tool, String review, String why) {
    assertThat(refuted(plan, tool, review)).as(why).isEmpty();
  }

  /**
   * Cases of the sources, each with different inputs: {@code -} differs, {@code +} agrees, a digit
   * differs for the inputs with that number.
   */
  private static Set<String> refuted(String plan, String tool, String review) {
    var observed = new ArrayList<ObservedTest>();
    Map.of("plan", plan, "tool", tool, "review", review)
        .forEach(
            (source, cases) ->
                cases
                    .chars()
                    .mapToObj(Character::toString)
                    .forEach(
                        c -> {
                          var inputs = c.matches("\\d") ? c : source + observed.size();
                          var expect = List.of(new Expect("sum", 2.0, null, null, null));
                          observed.add(
                              new ObservedTest(
                                  new TestCase(source, new ToolTest(Map.of("a", inputs), expect)),
                                  Map.of("sum", "?"),
                                  c.equals("+") ? List.of() : List.of("sum")));
                        }));
    return new TestEvidence(observed).refuted();
  }
}

package dev.keywheel.article.operation;

import static dev.keywheel.article.operation.TeaForTwo.PLAN;
import static dev.keywheel.article.operation.TeaForTwo.WISHES;
import static dev.keywheel.article.operation.TeaForTwo.planOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a plan's reader finds and puts right. Pure. */
class PlanReadingTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\\\"Split\\\": the bill's fair share|\"Split\": the bill's fair share",
        "\\\"Net\\\" versus \\\"gross\\\"|\"Net\" versus \"gross\"",
        "\\\"Net versus gross\\\"|Net versus gross",
        "“The ‘fair’ share of all”|The ‘fair’ share of all",
        "What is meant by “fair”|What is meant by “fair”",
      })
  void only_quotes_around_the_whole_title_go(String typed, String title) {
    assertEquals(title, planOf(PLAN.replace("Tea for Two, Measured and Timed", typed)).title());
  }

  @Test
  void a_plan_is_found_behind_a_brace_and_behind_another_object() {
    for (var before : List.of("Here is the plan {as JSON}:\n\n", "{\"thoughts\":\"tea\"}\n")) {
      var draft = new MetaOperation(WISHES).read(before + PLAN, false);
      assertTrue(draft.good(), draft.errors()::toString);
    }
    assertEquals(
        List.of("It holds no JSON object that can be read."),
        new MetaOperation(WISHES).read("{\"thoughts\":\"tea\"}", false).errors());
  }
}

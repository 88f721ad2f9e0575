package dev.keywheel.article.run.model;

import dev.keywheel.article.operation.text.GuideOperation.Example;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import dev.keywheel.article.tool.BrowserCheck.TestCase;
import dev.keywheel.article.tool.Numbers;
import dev.keywheel.article.tool.judge.ToolAssessment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The worked example with which the guide explains the tool. */
public final class ToolExample {
  private ToolExample() {}

  /**
   * The first test case that passed in the browser; otherwise the first of the plan or the tool.
   */
  public static Example of(ToolBody tool, PagePlan plan) {
    var seen =
        tool.browser().observed().stream()
            .filter(o -> o.passed() && !o.outputs().isEmpty())
            .findFirst();
    if (seen.isPresent()) {
      return new Example(true, seen.get().test().test().set(), seen.get().outputs());
    }
    var planned =
        ToolAssessment.tests(plan.tool(), tool.document(), List.of()).stream()
            .map(TestCase::test)
            .toList();
    if (planned.isEmpty()) {
      return new Example(false, Map.of(), Map.of());
    }
    var shown = new LinkedHashMap<String, String>();
    for (var e : planned.getFirst().expect()) {
      var number = e.number();
      var contains = e.contains();
      shown.put(
          e.output(), number != null ? Numbers.plain(number) : contains != null ? contains : "");
    }
    return new Example(false, planned.getFirst().set(), shown);
  }
}

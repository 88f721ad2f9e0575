package dev.keywheel.article.plan;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The specification of the tool of a page.
 *
 * @param kind calculator, converter, checker, generator or scorer
 * @param rule how outputs follow from inputs, in words
 * @param tests test cases of the plan, computed before the tool is written
 */
public record ToolBrief(
    String name,
    String kind,
    String purpose,
    List<Input> inputs,
    List<Output> outputs,
    String rule,
    List<ToolTest> tests) {

  /**
   * A control of the tool.
   *
   * @param type number, text, longtext, choice, date or flag
   */
  public record Input(
      String id,
      String label,
      String type,
      @Nullable String unit,
      @Nullable Double min,
      @Nullable Double max,
      @Nullable List<String> choices,
      @Nullable String example) {}

  /** A place where the tool shows a result. */
  public record Output(String id, String label, @Nullable String unit) {}

  /**
   * Inputs and expected outputs.
   *
   * @param set value of each input by id
   */
  public record ToolTest(Map<String, String> set, List<Expect> expect) {}

  /** Expected output: a number within a tolerance, or a text that contains or matches something. */
  public record Expect(
      String output,
      @Nullable Double number,
      @Nullable Double tolerance,
      @Nullable String contains,
      @Nullable String matches) {}
}

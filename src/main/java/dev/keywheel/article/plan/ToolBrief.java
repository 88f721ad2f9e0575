package dev.keywheel.article.plan;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The specification of a page's tool, from the plan.
 *
 * @param kind calculator, converter, checker, generator or scorer
 * @param rule how outputs follow from inputs, in words
 * @param tests test cases, which the model states before the tool is written
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

  /**
   * An expected output. It must meet every condition that is not null.
   *
   * @param tolerance largest difference from {@code number}; null for rounding differences only
   * @param contains text that the output contains, in any case
   * @param matches regular expression that matches a part of the output
   */
  public record Expect(
      String output,
      @Nullable Double number,
      @Nullable Double tolerance,
      @Nullable String contains,
      @Nullable String matches) {}
}

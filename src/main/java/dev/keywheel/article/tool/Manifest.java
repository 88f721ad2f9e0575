package dev.keywheel.article.tool;

import dev.keywheel.article.plan.ToolBrief.ToolTest;
import java.util.List;

/**
 * What a tool says of itself.
 *
 * @param trigger id of the button that starts it
 * @param derived true when code made it from labels and ids because the tool had none
 */
public record Manifest(
    String name,
    List<Control> inputs,
    String trigger,
    List<Control> outputs,
    List<ToolTest> tests,
    boolean derived) {

  /**
   * A control or an output.
   *
   * @param type of an input: number, text, longtext, choice, date or flag; empty for an output
   * @param example a sensible value; may be empty
   */
  public record Control(String id, String label, String type, String example) {}
}

package dev.keywheel.article.tool;

import dev.keywheel.article.plan.ToolBrief.ToolTest;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The description of a tool, from the tool itself or generated from its document.
 *
 * @param trigger id of the button that starts the tool; may be empty
 * @param derived whether the manifest was generated from labels and ids, because the tool had no
 *     usable one
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
   * @param type for an input: number, text, longtext, choice, date or flag; empty for an output
   * @param example a sensible value; may be empty
   * @param min the smallest value that the plan allows; null if the plan names none
   */
  public record Control(
      String id, String label, String type, String example, @Nullable Double min) {
    public Control(String id, String label, String type, String example) {
      this(id, label, type, example, null);
    }

    /** The name for users: the label, or the id if there is no label. */
    String name() {
      return label.isEmpty() ? id : label;
    }
  }

  /** The values of a test case as text for users: each field and its value, in field order. */
  public String described(Map<String, String> set) {
    var known = inputs.stream().filter(i -> set.containsKey(i.id())).toList();
    var ids = known.stream().map(Control::id).toList();
    return Stream.concat(
            known.stream().map(i -> i.name() + " = " + set.get(i.id())),
            set.entrySet().stream()
                .filter(e -> !ids.contains(e.getKey()))
                .map(e -> e.getKey() + " = " + e.getValue()))
        .collect(Collectors.joining(", "));
  }

  /** The name of an output for users; its id when the tool has no such output. */
  public String output(String id) {
    return outputs.stream()
        .filter(o -> o.id().equals(id))
        .map(Control::name)
        .findFirst()
        .orElse(id);
  }
}

package dev.keywheel.article.tool;

import dev.keywheel.article.plan.ToolBrief.ToolTest;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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
   * @param min what the plan allows at least; null when it says nothing of it
   */
  public record Control(
      String id, String label, String type, String example, @Nullable Double min) {
    public Control(String id, String label, String type, String example) {
      this(id, label, type, example, null);
    }

    /** How people are told of it. */
    String name() {
      return label.isEmpty() ? id : label;
    }
  }

  /** What is set in a test, as people see it: by the names of the fields, in their order. */
  public String said(Map<String, String> set) {
    var known = inputs.stream().filter(i -> set.containsKey(i.id())).toList();
    var ids = known.stream().map(Control::id).toList();
    return Stream.concat(
            known.stream().map(i -> i.name() + " = " + set.get(i.id())),
            set.entrySet().stream()
                .filter(e -> !ids.contains(e.getKey()))
                .map(e -> e.getKey() + " = " + e.getValue()))
        .collect(Collectors.joining(", "));
  }

  /** How people are told of an output; its id when the tool does not know it. */
  public String output(String id) {
    return outputs.stream()
        .filter(o -> o.id().equals(id))
        .map(Control::name)
        .findFirst()
        .orElse(id);
  }
}

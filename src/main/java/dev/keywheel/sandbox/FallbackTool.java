package dev.keywheel.sandbox;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * For a brief that is none of the sandbox's own: the fields asked for, and a plain mean as every
 * result.
 */
final class FallbackTool implements ToolFamily {

  @Override
  public String script() {
    return "fallback.js";
  }

  @Override
  public String action() {
    return "Calculate";
  }

  @Override
  public ToolBrief brief(Subject subject) {
    return new ScorerTool().brief(subject);
  }

  @Override
  public Map<String, String> shows(ToolBrief brief, Map<String, String> set) {
    var parts =
        brief.inputs().stream()
            .mapToDouble(
                field ->
                    field.isNumber() && field.max() > field.min()
                        ? (ToolFamily.value(set, field.id()) - field.min())
                            / (field.max() - field.min())
                        : 1)
            .average()
            .orElse(0);
    var results = new LinkedHashMap<String, String>();
    brief.outputs().forEach(output -> results.put(output.id(), Shown.number(parts * 100, 1)));
    return results;
  }

  @Override
  public List<Map<String, String>> cases(ToolBrief brief) {
    return List.of();
  }

  @Override
  public Map.Entry<String, String> wrongDivisor() {
    return Map.entry("/ parts.length * 100", "/ parts.length * 10");
  }

  @Override
  public Map<String, String> slots(ToolBrief brief) {
    return Map.of(
        "outputs",
        ToolPage.inScript(Json.text(brief.outputs().stream().map(ToolBrief.Output::id).toList())));
  }
}

package dev.keywheel.sandbox.content;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.Resources;
import dev.keywheel.sandbox.base.SandboxJson;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * A tool that the sandbox can build: a JSON file with its brief, test cases and guide, and a script
 * with its {@code compute} function. The expected numbers of the test cases are calculated from the
 * tool's rule, not with the script that they test.
 */
record ToolDefinition(String name, JsonNode json) {

  private static final List<String> NAMES =
      List.of("house", "coffee", "pace", "score", "loan", "savings", "discount", "plan");
  private static final Map<String, ToolDefinition> CACHE = new ConcurrentHashMap<>();

  private static ToolDefinition named(String name) {
    return CACHE.computeIfAbsent(
        name, n -> new ToolDefinition(n, SandboxJson.read(Resources.text("tool/" + n + ".json"))));
  }

  static ToolDefinition of(ContentBank bank) {
    return named(bank.value("tool"));
  }

  /** The tool with the inputs and outputs of a brief; a generic tool for an unknown brief. */
  static ToolDefinition of(JsonNode brief) {
    return NAMES.stream()
        .map(ToolDefinition::named)
        .filter(tool -> ids(tool.json.path("brief")).equals(ids(brief)))
        .findFirst()
        .orElseGet(() -> named("any"));
  }

  /** The tool that shows results with these labels, or the generic tool. */
  static ToolDefinition showing(List<String> labels) {
    return NAMES.stream()
        .map(ToolDefinition::named)
        .filter(tool -> labels(tool.json.at("/brief/outputs")).equals(labels))
        .findFirst()
        .orElseGet(() -> named("any"));
  }

  /** The {@code tool} of a page plan. */
  ObjectNode brief(Template template) {
    return (ObjectNode) SandboxJson.read(template.fill(SandboxJson.text(json.path("brief"))));
  }

  String action() {
    return json.path("action").asText();
  }

  String script() {
    return Resources.text("tool/" + name + ".js").stripTrailing();
  }

  /** A piece of the script, and a replacement that makes the script calculate wrong results. */
  Map.Entry<String, String> wrongDivisor() {
    return Map.entry(json.at("/wrong/0").asText(), json.at("/wrong/1").asText());
  }

  /** A text of the tool's guide: {@code intro}, {@code what} or {@code limits}. */
  String guide(String block) {
    return json.path("guide").path(block).asText();
  }

  /** Instruction for the input with this 0-based index; empty if the guide has none. */
  String step(int input) {
    return json.at("/guide/steps").path(input).asText();
  }

  private static Set<String> ids(JsonNode brief) {
    return brief
        .path("inputs")
        .valueStream()
        .collect(
            () -> new TreeSet<>(outputs(brief)),
            (ids, input) -> ids.add("input " + input.path("id").asText()),
            Set::addAll);
  }

  private static Set<String> outputs(JsonNode brief) {
    return brief
        .path("outputs")
        .valueStream()
        .map(output -> "output " + output.path("id").asText())
        .collect(Collectors.toSet());
  }

  private static List<String> labels(JsonNode outputs) {
    return outputs.valueStream().map(output -> output.path("label").asText()).toList();
  }
}

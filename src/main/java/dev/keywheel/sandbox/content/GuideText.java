package dev.keywheel.sandbox.content;

import dev.keywheel.sandbox.base.ChatCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The guide of a tool, with the tool's own labels and the example from the request. */
final class GuideText {

  private static final Pattern ITEM =
      Pattern.compile("(?m)^\\s*[-*]\\s*(?:<<<)?(.+?)(?:>>>)?\\s*$");
  private static final Pattern SIDES = Pattern.compile("\\s*(?:→|->|=>)\\s*");

  private final ChatCall call;
  private final String user;
  private final List<String> fields;
  private final List<String> results;
  private final ToolDefinition tool;

  GuideText(ChatCall call) {
    this.call = call;
    this.user = call.task().substring(call.system().length());
    this.fields = items("Fields:", "Button");
    this.results = items("Results:", "Words in the tool");
    this.tool = ToolDefinition.showing(results);
  }

  String text() {
    var blocks = new LinkedHashMap<String, String>();
    blocks.put("intro", filled("intro"));
    blocks.put("what", filled("what"));
    blocks.put("steps", steps());
    blocks.put("example", example());
    blocks.put("limits", filled("limits"));
    var wanted =
        call.messages().size() > 2
            ? PromptParser.blocks(call.lastUser()).stream().map(PromptParser.Block::id).toList()
            : List.<String>of();
    return blocks.entrySet().stream()
        .filter(block -> wanted.isEmpty() || wanted.contains(block.getKey()))
        .map(block -> "@@" + block.getKey() + "@@\n" + block.getValue())
        .collect(Collectors.joining("\n\n"));
  }

  private String filled(String block) {
    var name = PromptParser.data(user, "The tool").orElse("tool");
    return Template.fill(
        tool.guide(block),
        Map.of("name", name, "fields", listed(fields), "results", listed(results)));
  }

  private String steps() {
    var button = PromptParser.data(user, "Button").orElse("");
    var steps =
        IntStream.range(0, fields.size())
            .mapToObj(i -> "**" + fields.get(i) + "**" + tool.step(Math.min(i, 8)))
            .map(step -> step.endsWith(".") ? step : "Set " + step + " to your own value.")
            .collect(Collectors.toCollection(ArrayList::new));
    steps.add(button.isEmpty() ? "Start the tool." : "Press **" + button + "**.");
    if (!results.isEmpty()) {
      steps.add("Read **" + String.join("**, then **", results) + "**.");
    }
    return IntStream.range(0, steps.size())
        .mapToObj(i -> (i + 1) + ". " + steps.get(i))
        .collect(Collectors.joining("\n"));
  }

  private String example() {
    var sides = SIDES.split(PromptParser.data(user, "Example").orElse(""), 2);
    var inputs = pairs(sides[0]);
    var shown = sides.length > 1 ? pairs(sides[1]) : Map.<String, String>of();
    if (inputs.isEmpty() || shown.isEmpty()) {
      return "The fields hold an example when the page opens, and the result beside them belongs to exactly these"
          + " values. Change one field and press the button to see what depends on it.";
    }
    return "With these values:\n\n%s\n\nthe tool shows:\n\n%s\n\nChange one value and press the button again to see how much depends on it."
        .formatted(bullets(fields, inputs), bullets(results, shown));
  }

  /** The values in the order of the tool's labels, followed by values with other labels. */
  private static String bullets(List<String> labels, Map<String, String> values) {
    return Stream.concat(labels.stream(), values.keySet().stream())
        .distinct()
        .filter(values::containsKey)
        .map(label -> "- " + label + ": " + values.get(label))
        .collect(Collectors.joining("\n"));
  }

  private List<String> items(String from, String to) {
    var start = user.indexOf(from);
    if (start < 0) {
      return List.of();
    }
    var end = user.indexOf("\n" + to, start);
    return ITEM.matcher(user.substring(start, end < 0 ? user.length() : end))
        .results()
        .map(item -> item.group(1).strip())
        .toList();
  }

  /** Parses {@code label = value; label = value}; keeps the order. */
  private static Map<String, String> pairs(String side) {
    var pairs = new LinkedHashMap<String, String>();
    for (var pair : side.split(";\\s+(?=[^;=]+ = )")) {
      var halves = pair.split(" = ", 2);
      if (halves.length == 2) {
        pairs.put(halves[0].strip(), halves[1].strip());
      }
    }
    return pairs;
  }

  private static String listed(List<String> labels) {
    var quoted = labels.stream().map(label -> "“" + label + "”").toList();
    return quoted.size() < 2
        ? String.join("", quoted)
        : String.join(", ", quoted.subList(0, quoted.size() - 1)) + " and " + quoted.getLast();
  }
}

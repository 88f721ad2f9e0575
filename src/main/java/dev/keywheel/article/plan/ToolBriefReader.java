package dev.keywheel.article.plan;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.article.plan.ToolBrief.Expect;
import dev.keywheel.article.plan.ToolBrief.Input;
import dev.keywheel.article.plan.ToolBrief.Output;
import dev.keywheel.article.plan.ToolBrief.ToolTest;
import dev.keywheel.article.reply.JsonFields;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Reads the specification of a tool and its test cases from a model's JSON. */
public final class ToolBriefReader {
  private static final Set<String> KINDS =
      Set.of("calculator", "converter", "checker", "generator", "scorer");
  private static final Set<String> TYPES =
      Set.of("number", "text", "longtext", "choice", "date", "flag");

  private ToolBriefReader() {}

  /** The brief; missing ids are generated, missing texts and lists are empty. */
  public static ToolBrief read(JsonNode tool) {
    var inputs = unique(JsonFields.objects(tool, "inputs", 8, ToolBriefReader::input));
    var outputs = JsonFields.objects(tool, "outputs", 6, ToolBriefReader::output);
    var kind = JsonFields.line(tool, "kind").toLowerCase(java.util.Locale.ROOT);
    return new ToolBrief(
        JsonFields.line(tool, "name", 60),
        KINDS.contains(kind) ? kind : "calculator",
        JsonFields.line(tool, "purpose", 200),
        inputs,
        outputs,
        JsonFields.line(tool, "rule", 800),
        tests(tool, "tests", 5));
  }

  /**
   * Reads test cases from the field {@code name}, a list of objects with {@code set} and {@code
   * expect}. Test cases without inputs or expected outputs are omitted.
   *
   * @param max maximum number of test cases; further ones are ignored
   */
  public static List<ToolTest> tests(JsonNode node, String name, int max) {
    return JsonFields.objects(node, name, max, ToolBriefReader::test);
  }

  private static Optional<Input> input(JsonNode node) {
    var label = JsonFields.line(node, "label", 80);
    var id = id(JsonFields.line(node, "id"), label);
    if (id.isEmpty()) {
      return Optional.empty();
    }
    var choices = JsonFields.lines(node, "choices", 30, 80);
    var type = JsonFields.line(node, "type").toLowerCase(java.util.Locale.ROOT);
    var known = TYPES.contains(type) ? type : choices.isEmpty() ? "text" : "choice";
    return Optional.of(
        new Input(
            id,
            label.isEmpty() ? id : label,
            known,
            JsonFields.optional(node, "unit", 30),
            JsonFields.number(node, "min"),
            JsonFields.number(node, "max"),
            choices.isEmpty() ? null : choices,
            JsonFields.optional(node, "example", 200)));
  }

  private static Optional<Output> output(JsonNode node) {
    var label = JsonFields.line(node, "label", 80);
    var id = id(JsonFields.line(node, "id"), label);
    return id.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Output(id, label.isEmpty() ? id : label, JsonFields.optional(node, "unit", 30)));
  }

  private static Optional<ToolTest> test(JsonNode node) {
    var set = new LinkedHashMap<String, String>();
    JsonFields.field(node, "set")
        .properties()
        .forEach(e -> set.put(e.getKey(), e.getValue().isValueNode() ? e.getValue().asText() : ""));
    var expect = JsonFields.objects(node, "expect", 6, ToolBriefReader::expect);
    return set.isEmpty() || expect.isEmpty()
        ? Optional.empty()
        : Optional.of(new ToolTest(set, expect));
  }

  private static Optional<Expect> expect(JsonNode node) {
    var output = JsonFields.line(node, "output");
    var number = JsonFields.number(node, "number");
    var contains = JsonFields.optional(node, "contains", 200);
    var matches = pattern(JsonFields.optional(node, "matches", 200));
    if (output.isEmpty() || (number == null && contains == null && matches == null)) {
      return Optional.empty();
    }
    return Optional.of(
        new Expect(output, number, JsonFields.number(node, "tolerance"), contains, matches));
  }

  private static @org.jspecify.annotations.Nullable String pattern(
      @org.jspecify.annotations.Nullable String regex) {
    if (regex == null) {
      return null;
    }
    try {
      var _ = Pattern.compile(regex);
      return regex;
    } catch (PatternSyntaxException _) {
      return null;
    }
  }

  /** The given id if it is valid, otherwise one made from the label. */
  private static String id(String given, String label) {
    return given.matches("[A-Za-z][A-Za-z0-9_-]{0,40}")
        ? given
        : Slug.of(given.isEmpty() ? label : given, "")
            .replaceAll("[^a-z0-9-]", "")
            .replaceAll("^[^a-z]+", "");
  }

  private static List<Input> unique(List<Input> inputs) {
    var seen = new HashSet<String>();
    return inputs.stream().filter(i -> seen.add(i.id())).toList();
  }
}

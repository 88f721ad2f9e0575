package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** What a tool is to be: the {@code tool} of a page plan. */
record ToolBrief(
    String name,
    String kind,
    String purpose,
    List<Field> inputs,
    List<Output> outputs,
    String rule,
    List<Test> tests) {

  /** {@code min} and {@code max} hold for numbers, {@code choices} for a choice. */
  record Field(
      String id,
      String label,
      String type,
      String unit,
      double min,
      double max,
      List<String> choices,
      String example) {

    static Field number(
        String id, String label, String unit, double min, double max, String example) {
      return new Field(id, label, "number", unit, min, max, List.of(), example);
    }

    static Field choice(String id, String label, List<String> choices, String example) {
      return new Field(id, label, "choice", "", 0, 0, choices, example);
    }

    static Field of(String id, String label, String type, String example) {
      return new Field(id, label, type, "", 0, 0, List.of(), example);
    }

    boolean isNumber() {
      return type.equals("number");
    }
  }

  record Output(String id, String label, String unit) {}

  record Test(Map<String, String> set, List<Expect> expect) {}

  /** {@code number} for what is a number, else {@code contains} or {@code matches}. */
  record Expect(
      String output,
      @Nullable Double number,
      @Nullable String contains,
      @Nullable String matches) {}

  /** How far a shown number may be from the expected one. */
  static final double TOLERANCE = 0.01;

  ToolBrief withTests(List<Test> newTests) {
    return new ToolBrief(name, kind, purpose, inputs, outputs, rule, newTests);
  }

  List<String> inputIds() {
    return inputs.stream().map(Field::id).toList();
  }

  Map<String, String> examples() {
    var examples = new LinkedHashMap<String, String>();
    inputs.forEach(field -> examples.put(field.id, field.example));
    return examples;
  }

  ObjectNode json() {
    var json = Json.object().put("name", name).put("kind", kind).put("purpose", purpose);
    var fields = json.putArray("inputs");
    for (var field : inputs) {
      var node =
          fields.addObject().put("id", field.id).put("label", field.label).put("type", field.type);
      if (!field.unit.isEmpty()) {
        node.put("unit", field.unit);
      }
      if (field.isNumber()) {
        putNumber(node, "min", field.min);
        putNumber(node, "max", field.max);
      }
      if (!field.choices.isEmpty()) {
        field.choices.forEach(node.putArray("choices")::add);
      }
      node.put("example", field.example);
    }
    var results = json.putArray("outputs");
    for (var output : outputs) {
      var node = results.addObject().put("id", output.id).put("label", output.label);
      if (!output.unit.isEmpty()) {
        node.put("unit", output.unit);
      }
    }
    json.put("rule", rule);
    json.set("tests", testsJson(tests));
    return json;
  }

  static ArrayNode testsJson(List<Test> tests) {
    var array = Json.MAPPER.createArrayNode();
    for (var test : tests) {
      var node = array.addObject();
      var set = node.putObject("set");
      test.set.forEach(set::put);
      var expected = node.putArray("expect");
      for (var expect : test.expect) {
        var one = expected.addObject().put("output", expect.output);
        if (expect.number != null) {
          putNumber(one, "number", expect.number);
          putNumber(one, "tolerance", TOLERANCE);
        }
        if (expect.contains != null) {
          one.put("contains", expect.contains);
        }
        if (expect.matches != null) {
          one.put("matches", expect.matches);
        }
      }
    }
    return array;
  }

  /** The brief or manifest in a JSON object; empty when it is none. */
  static Optional<ToolBrief> read(JsonNode json) {
    if (!json.path("inputs").isArray()
        || !json.path("outputs").isArray()
        || json.path("inputs").isEmpty()) {
      return Optional.empty();
    }
    var inputs = list(json.path("inputs")).stream().map(ToolBrief::field).toList();
    var outputs =
        list(json.path("outputs")).stream()
            .map(
                o ->
                    new Output(
                        o.path("id").asText(), o.path("label").asText(), o.path("unit").asText("")))
            .toList();
    return Optional.of(
        new ToolBrief(
            json.path("name").asText("Tool"),
            json.path("kind").asText("calculator"),
            json.path("purpose").asText(""),
            inputs,
            outputs,
            json.path("rule").asText(""),
            List.of()));
  }

  private static Field field(JsonNode node) {
    return new Field(
        node.path("id").asText(),
        node.path("label").asText(node.path("id").asText()),
        node.path("type").asText("number"),
        node.path("unit").asText(""),
        node.path("min").asDouble(0),
        node.path("max").asDouble(1_000_000_000),
        list(node.path("choices")).stream().map(JsonNode::asText).toList(),
        node.path("example").asText(""));
  }

  private static List<JsonNode> list(JsonNode array) {
    return new ArrayList<>(StreamSupport.stream(array.spliterator(), false).toList());
  }

  private static void putNumber(ObjectNode node, String name, double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      node.put(name, (long) value);
    } else {
      node.put(name, value);
    }
  }
}

package dev.keywheel.sandbox.content;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.Hash;
import dev.keywheel.sandbox.base.Resources;
import dev.keywheel.sandbox.base.SandboxJson;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A tool as one HTML document, from its brief. The same brief and seed give the same bytes. */
final class ToolHtml {

  private static final int LOOK_COUNT = 3;
  private static final long DEFAULT_BOUND = 1_000_000_000;

  private final JsonNode brief;
  private final ToolDefinition tool;

  ToolHtml(JsonNode brief) {
    this.brief = brief;
    this.tool = ToolDefinition.of(brief);
  }

  ToolDefinition tool() {
    return tool;
  }

  String document(long seed) {
    var values = new HashMap<String, String>();
    values.put("name", escape(brief.path("name").asText("Tool")));
    values.put("purpose", escape(text(brief, "purpose")));
    values.put("look", Integer.toString(Hash.of(seed, brief.path("name")).below(LOOK_COUNT)));
    values.put("action", escape(tool.action()));
    values.put("css", Resources.text("tool/page.css").strip());
    values.put("inputs", each("inputs", ToolHtml::input));
    values.put("outputs", each("outputs", ToolHtml::output));
    values.put("script", Resources.text("tool/page.js").strip());
    values.put("compute", tool.script());
    values.put("fields", inScript(fields()));
    values.put("manifest", inScript(manifest()));
    // Filled twice, because the script contains slots.
    return Resources.filled(Resources.filled(Resources.text("tool/page.html"), values), values)
            .strip()
        + "\n";
  }

  private String each(String list, Function<JsonNode, String> html) {
    return nodes(list).stream().map(html).collect(Collectors.joining("\n"));
  }

  private List<JsonNode> nodes(String list) {
    return brief.path(list).valueStream().toList();
  }

  /** The data that the script needs about each input. */
  private JsonNode fields() {
    var fields = SandboxJson.MAPPER.createArrayNode();
    for (var input : nodes("inputs")) {
      var field = copied(input, "id", "label", "type");
      if (input.path("type").asText().equals("number")) {
        field.set("min", number(input.path("min"), -DEFAULT_BOUND));
        field.set("max", number(input.path("max"), DEFAULT_BOUND));
      }
      fields.add(field);
    }
    return fields;
  }

  private static JsonNode number(JsonNode given, long otherwise) {
    var value = given.isNumber() ? given.asDouble() : otherwise;
    var factory = SandboxJson.MAPPER.getNodeFactory();
    return value == Math.rint(value) ? factory.numberNode((long) value) : factory.numberNode(value);
  }

  private JsonNode manifest() {
    var manifest = SandboxJson.object().put("name", brief.path("name").asText("Tool"));
    var inputs = manifest.putArray("inputs");
    nodes("inputs").forEach(input -> inputs.add(copied(input, "id", "label", "type", "example")));
    manifest.put("trigger", "tool-run");
    var outputs = manifest.putArray("outputs");
    nodes("outputs").forEach(output -> outputs.add(copied(output, "id", "label")));
    manifest.set("tests", brief.path("tests"));
    return manifest;
  }

  private static ObjectNode copied(JsonNode from, String... names) {
    var copy = SandboxJson.object();
    for (var name : names) {
      copy.put(name, text(from, name));
    }
    return copy;
  }

  private static String input(JsonNode input) {
    var id = text(input, "id");
    var unit = text(input, "unit");
    var values = new HashMap<String, String>();
    values.put("id", id);
    values.put("label", escape(input.path("label").asText(id)));
    values.put("described", unit.isEmpty() ? "" : " aria-describedby=\"" + id + "-unit\"");
    values.put("control", control(input));
    values.put(
        "unit", unit.isEmpty() ? "" : "<span id=\"%s-unit\">%s</span>".formatted(id, escape(unit)));
    var field =
        """
        <div class="field"><label for="{{id}}">{{label}}</label>
        <div class="box">{{control}}{{unit}}</div></div>""";
    return Resources.filled(Resources.filled(field, values), values);
  }

  private static String control(JsonNode input) {
    var example = escape(text(input, "example"));
    var common = "id=\"{{id}}\" name=\"{{id}}\"{{described}}";
    return switch (input.path("type").asText()) {
      case "number" ->
          "<input type=\"number\" inputmode=\"decimal\" step=\"any\" "
              + common
              + " value=\""
              + example
              + "\">";
      case "date" -> "<input type=\"date\" " + common + " value=\"" + example + "\">";
      case "longtext" -> "<textarea rows=\"6\" " + common + ">" + example + "</textarea>";
      case "choice" -> "<select " + common + ">" + options(input) + "</select>";
      default ->
          "<input type=\"text\" autocomplete=\"off\" " + common + " value=\"" + example + "\">";
    };
  }

  private static String options(JsonNode input) {
    return input
        .path("choices")
        .valueStream()
        .map(JsonNode::asText)
        .map(
            choice ->
                "<option"
                    + (choice.equals(text(input, "example")) ? " selected>" : ">")
                    + escape(choice)
                    + "</option>")
        .collect(Collectors.joining());
  }

  private static String output(JsonNode output) {
    var unit = text(output, "unit");
    return Resources.filled(
        "<div class=\"result\"><span>{{label}}</span><output id=\"{{id}}\" aria-live=\"polite\">–</output>{{unit}}</div>",
        Map.of(
            "id", text(output, "id"),
            "label", escape(text(output, "label")),
            "unit", unit.isEmpty() ? "" : " <small>" + escape(unit) + "</small>"));
  }

  /** A text of the brief; empty when it is missing or null. */
  private static String text(JsonNode node, String name) {
    return node.path(name).isNull() ? "" : node.path(name).asText();
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("{", "&#123;");
  }

  /** JSON with escapes that make it safe inside a script element. */
  private static String inScript(JsonNode json) {
    return SandboxJson.text(json)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("'", "\\u0027");
  }
}

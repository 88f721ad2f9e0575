package dev.keywheel.sandbox;

import dev.keywheel.sandbox.ToolBrief.Field;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A tool as one HTML document, from a brief. */
final class ToolPage {

  /** Colours, corners and columns: three looks, chosen by the brief. */
  private static final List<Map<String, String>> LOOKS =
      List.of(
          look(
              "#f5f7fb",
              "#1f5fbf",
              "#8fb8ff",
              ".6rem",
              "grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr));"),
          look("#f6f8f4", "#22693f", "#86d6a4", ".2rem", ""),
          look(
              "#faf6f2",
              "#8a3f12",
              "#ffb68a",
              "1rem",
              "grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr));"));

  private static final String EXAMPLE_TEXT_ROWS = "6";

  private ToolPage() {}

  /** The document without any planted fault; the same brief gives the same bytes. */
  static String html(ToolBrief brief, String language, long seed) {
    var family = ToolFamily.of(brief).orElseGet(FallbackTool::new);
    var look = Hash.of(seed, brief.name()).pick(LOOKS);
    var values = new HashMap<String, String>();
    values.put("lang", escape(language));
    values.put("name", escape(brief.name()));
    values.put("purpose", escape(brief.purpose()));
    values.put("action", family.action());
    values.put("css", Resources.filled("tool/page.css", look).strip());
    values.put(
        "fields", brief.inputs().stream().map(ToolPage::field).collect(Collectors.joining("\n")));
    values.put(
        "results",
        brief.outputs().stream().map(ToolPage::result).collect(Collectors.joining("\n")));
    values.put("script", script(family, brief));
    values.put("manifest", inScript(manifest(family, brief)));
    return Resources.filled("tool/page.html", values).strip() + "\n";
  }

  private static String script(ToolFamily family, ToolBrief brief) {
    var compute = Resources.filled("tool/" + family.script(), family.slots(brief)).stripTrailing();
    return Resources.filled(
            "tool/page.js", Map.of("fields", inScript(fieldFacts(brief)), "compute", compute))
        .strip();
  }

  private static String fieldFacts(ToolBrief brief) {
    var facts = Json.MAPPER.createArrayNode();
    for (var field : brief.inputs()) {
      var fact =
          facts
              .addObject()
              .put("id", field.id())
              .put("label", field.label())
              .put("type", field.type());
      if (field.isNumber()) {
        fact.put("min", field.min()).put("max", field.max());
      }
    }
    return Json.text(facts).replace(".0,", ",").replace(".0}", "}");
  }

  private static String manifest(ToolFamily family, ToolBrief brief) {
    var manifest = Json.object().put("name", brief.name());
    var inputs = manifest.putArray("inputs");
    for (var field : brief.inputs()) {
      inputs
          .addObject()
          .put("id", field.id())
          .put("label", field.label())
          .put("type", field.type())
          .put("example", field.example());
    }
    manifest.put("trigger", "tool-run");
    var outputs = manifest.putArray("outputs");
    brief.outputs().forEach(o -> outputs.addObject().put("id", o.id()).put("label", o.label()));
    manifest.set("tests", ToolBrief.testsJson(tests(family, brief)));
    return Json.text(manifest);
  }

  static List<ToolBrief.Test> tests(ToolFamily family, ToolBrief brief) {
    var sets = new java.util.ArrayList<Map<String, String>>();
    sets.add(brief.examples());
    sets.addAll(family.cases(brief));
    return sets.stream().map(set -> family.test(brief, set)).toList();
  }

  private static String field(Field field) {
    var label = "<label for=\"%s\">%s</label>".formatted(field.id(), escape(field.label()));
    var wide = field.type().equals("longtext") ? " wide" : "";
    return "<div class=\"field"
        + wide
        + "\">\n"
        + label
        + "\n"
        + control(field)
        + hint(field)
        + "\n</div>";
  }

  private static String control(Field field) {
    var described = field.unit().isEmpty() ? "" : " aria-describedby=\"" + field.id() + "-unit\"";
    var common = " id=\"" + field.id() + "\" name=\"" + field.id() + "\"" + described;
    var example = escape(field.example());
    return switch (field.type()) {
      case "number" ->
          "<input type=\"number\" inputmode=\"decimal\" step=\"any\""
              + common
              + " value=\""
              + example
              + "\">";
      case "date" -> "<input type=\"date\"" + common + " value=\"" + example + "\">";
      case "longtext" ->
          "<textarea rows=\"" + EXAMPLE_TEXT_ROWS + "\"" + common + ">" + example + "</textarea>";
      case "choice" ->
          "<select"
              + common
              + ">"
              + field.choices().stream()
                  .map(
                      choice ->
                          "<option"
                              + (choice.equals(field.example()) ? " selected" : "")
                              + ">"
                              + escape(choice)
                              + "</option>")
                  .collect(Collectors.joining())
              + "</select>";
      default ->
          "<input type=\"text\" autocomplete=\"off\"" + common + " value=\"" + example + "\">";
    };
  }

  private static String hint(Field field) {
    return field.unit().isEmpty()
        ? ""
        : "\n<span class=\"hint\" id=\""
            + field.id()
            + "-unit\">"
            + escape(field.unit())
            + "</span>";
  }

  private static String result(ToolBrief.Output output) {
    var unit =
        output.unit().isEmpty() ? "" : " <span class=\"unit\">" + escape(output.unit()) + "</span>";
    return "<div class=\"result\"><span>%s</span><output id=\"%s\" aria-live=\"polite\">–</output>%s</div>"
        .formatted(escape(output.label()), output.id(), unit);
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /** JSON or a text that may stand inside a script. */
  static String inScript(String json) {
    return json.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("'", "\\u0027");
  }

  private static Map<String, String> look(
      String paper, String accent, String accentDark, String radius, String columns) {
    return Map.of(
        "paper",
        paper,
        "accent",
        accent,
        "accentDark",
        accentDark,
        "radius",
        radius,
        "columns",
        columns);
  }
}

package dev.keywheel.article.tool;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.plan.ToolBriefReader;
import dev.keywheel.article.reply.JsonFields;
import dev.keywheel.article.reply.JsonReply;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.tool.Manifest.Control;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.TextNode;

/**
 * Reads a tool's manifest, or generates one from the document if the tool has no usable manifest.
 */
public final class ManifestReader {
  /** Selector of the fields that a user fills in. */
  public static final String CONTROLS =
      "input:not([type=submit]):not([type=button]):not([type=hidden]):not([type=reset]), select, textarea";

  /** Maximum number of fields that are read; the whole document is searched for each label. */
  public static final int MAX_CONTROLS = 300;

  private ManifestReader() {}

  static Manifest read(String html, ToolBrief brief) {
    var page = Jsoup.parse(html);
    var declared = page.select("script#tool-manifest, script[type=application/json]").first();
    var json =
        declared == null ? Optional.<JsonNode>empty() : JsonReply.read(declared.data()).object();
    return json.flatMap(node -> declared(node, page, brief)).orElseGet(() -> derived(page, brief));
  }

  private static Optional<Manifest> declared(JsonNode json, Document page, ToolBrief brief) {
    var inputs = JsonFields.objects(json, "inputs", 20, n -> input(n, page, brief));
    var outputs = JsonFields.objects(json, "outputs", 20, n -> output(n, page));
    if (inputs.isEmpty() || outputs.isEmpty()) {
      return Optional.empty();
    }
    var name = JsonFields.line(json, "name", 80);
    var trigger = JsonFields.line(json, "trigger");
    return Optional.of(
        new Manifest(
            name.isEmpty() ? brief.name() : name,
            inputs,
            trigger.isEmpty() || page.getElementById(trigger) == null ? trigger(page) : trigger,
            outputs,
            ToolBriefReader.tests(json, "tests", 6),
            false));
  }

  /**
   * The control or the radio buttons that the manifest names; empty if the document has neither.
   * The label in the document overrides the label in the manifest.
   */
  private static Optional<Control> input(JsonNode node, Document page, ToolBrief brief) {
    var id = JsonFields.line(node, "id");
    var element = id.isEmpty() ? null : page.getElementById(id);
    if (element != null) {
      var control = control(node, id, label(element, page));
      var planned = planned(id, control.label(), brief);
      return Optional.of(
          new Control(
              id,
              control.label(),
              planned.map(ToolBrief.Input::type).filter("number"::equals).orElse(control.type()),
              control.example(),
              planned.map(ToolBrief.Input::min).orElse(null)));
    }
    return choices(page, id).stream().findFirst().map(c -> control(node, id, legend(c, page)));
  }

  private static Optional<ToolBrief.Input> planned(String id, String label, ToolBrief brief) {
    return brief.inputs().stream()
        .filter(i -> i.id().equals(id) || i.label().equalsIgnoreCase(label))
        .findFirst();
  }

  private static Optional<Control> output(JsonNode node, Document page) {
    var id = JsonFields.line(node, "id");
    var element = id.isEmpty() ? null : page.getElementById(id);
    return element == null
        ? Optional.empty()
        : Optional.of(control(node, id, label(element, page)));
  }

  private static Control control(JsonNode node, String id, String shown) {
    return new Control(
        id,
        shown.isEmpty() ? JsonFields.line(node, "label", 80) : shown,
        JsonFields.line(node, "type"),
        JsonFields.line(node, "example", 200));
  }

  /** The radio buttons with this name. */
  private static List<Element> choices(Document page, String name) {
    return name.isEmpty()
        ? List.of()
        : page.select("input[type=radio]").stream()
            .filter(e -> e.attr("name").equals(name))
            .toList();
  }

  /** Generates a manifest from the document, with the examples and minimums of the plan. */
  public static Manifest derived(Document page, ToolBrief brief) {
    var inputs = new LinkedHashMap<String, Control>();
    for (var element : page.select(CONTROLS).stream().limit(MAX_CONTROLS).toList()) {
      var input = input(element, page, brief);
      if (!input.id().isEmpty()) {
        inputs.putIfAbsent(input.id(), input);
      }
    }
    var outputs =
        page.select("output, [aria-live], [role=status]").stream()
            .filter(e -> !e.id().isEmpty() && !e.id().equals("tool-message"))
            .map(e -> new Control(e.id(), outputLabel(e.id(), page, e, brief), "", ""))
            .toList();
    return new Manifest(
        brief.name(), List.copyOf(inputs.values()), trigger(page), outputs, List.of(), true);
  }

  private static Control input(Element element, Document page, ToolBrief brief) {
    var name = element.attr("name");
    boolean group = element.attr("type").equals("radio") && choices(page, name).size() > 1;
    var id = group ? name : element.id();
    var label = group ? legend(element, page) : label(element, page);
    var type =
        switch (element.normalName()) {
          case "select" -> "choice";
          case "textarea" -> "longtext";
          default ->
              switch (element.attr("type").toLowerCase(java.util.Locale.ROOT)) {
                case "number", "range" -> "number";
                case "date" -> "date";
                case "checkbox", "radio" -> group ? "choice" : "flag";
                default -> "text";
              };
        };
    var planned = planned(id, label, brief);
    boolean number =
        type.equals("text") && planned.filter(i -> i.type().equals("number")).isPresent();
    return new Control(
        id,
        label,
        number ? "number" : type,
        planned.map(i -> Objects.requireNonNullElse(i.example(), "")).orElse(""),
        planned.map(ToolBrief.Input::min).orElse(null));
  }

  /** The legend or label of the group around a choice; may be empty. */
  private static String legend(Element choice, Document page) {
    var group = choice.closest("fieldset, [role=radiogroup]");
    if (group == null) {
      return "";
    }
    var legend = group.selectFirst("legend");
    return legend == null ? label(group, page) : words(legend.text());
  }

  private static String outputLabel(String id, Document page, Element element, ToolBrief brief) {
    var planned = brief.outputs().stream().filter(o -> o.id().equals(id)).findFirst();
    if (planned.isPresent()) {
      return planned.get().label();
    }
    var label = label(element, page);
    return label.isEmpty() ? before(element) : label;
  }

  /**
   * The text before an output: a text node, otherwise the previous element, otherwise the text
   * before the parent.
   */
  private static String before(Element element) {
    var own = element.previousSibling() instanceof TextNode text ? words(text.text()) : "";
    var sibling = element.previousElementSibling();
    var parent = element.parent();
    if (!own.isEmpty() || sibling != null || parent == null || parent.normalName().equals("body")) {
      return own.isEmpty() && sibling != null ? words(sibling.text()) : own;
    }
    return before(parent);
  }

  private static String words(String text) {
    return TextCleaner.cut(TextCleaner.line(text), 80).replaceAll("\\s*[:*=]+$", "");
  }

  /** The {@code aria-label} of a control, otherwise the text of its label element; may be empty. */
  public static String label(Element element, Document page) {
    if (element.hasAttr("aria-label")) {
      return words(element.attr("aria-label"));
    }
    var byFor =
        page.select("label[for]").stream()
            .filter(l -> l.attr("for").equals(element.id()) && !element.id().isEmpty())
            .findFirst();
    var around = element.closest("label");
    var label = byFor.orElse(around);
    return label == null ? "" : words(label.ownText().isBlank() ? label.text() : label.ownText());
  }

  static String trigger(Document page) {
    var button =
        page.select(
                "#tool-run, button[type=submit], input[type=submit], form button:not([type]), button:not([type=reset])")
            .first();
    return button == null ? "" : button.id();
  }
}

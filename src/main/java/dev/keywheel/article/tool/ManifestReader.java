package dev.keywheel.article.tool;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.plan.ToolBriefReader;
import dev.keywheel.article.reply.Fields;
import dev.keywheel.article.reply.JsonReply;
import dev.keywheel.article.text.Clean;
import dev.keywheel.article.tool.Manifest.Control;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/**
 * Reads a tool's manifest, or makes one of what the document shows when it has none that can be
 * read.
 */
final class ManifestReader {
  private static final String CONTROLS =
      "input:not([type=submit]):not([type=button]):not([type=hidden]):not([type=reset]), select, textarea";

  private ManifestReader() {}

  static Manifest read(String html, ToolBrief brief) {
    var page = Jsoup.parse(html);
    var declared = page.select("script#tool-manifest, script[type=application/json]").first();
    var json =
        declared == null ? Optional.<JsonNode>empty() : JsonReply.read(declared.data()).object();
    return json.flatMap(node -> declared(node, page, brief)).orElseGet(() -> derived(page, brief));
  }

  private static Optional<Manifest> declared(JsonNode json, Document page, ToolBrief brief) {
    var inputs = Fields.objects(json, "inputs", 20, n -> control(n, page));
    var outputs = Fields.objects(json, "outputs", 20, n -> control(n, page));
    if (inputs.isEmpty() || outputs.isEmpty()) {
      return Optional.empty();
    }
    var name = Fields.line(json, "name", 80);
    var trigger = Fields.line(json, "trigger");
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
   * A control that really is in the document; its label as shown there wins over the manifest's.
   */
  private static Optional<Control> control(JsonNode node, Document page) {
    var id = Fields.line(node, "id");
    var element = id.isEmpty() ? null : page.getElementById(id);
    if (element == null) {
      return Optional.empty();
    }
    var shown = label(element, page);
    return Optional.of(
        new Control(
            id,
            shown.isEmpty() ? Fields.line(node, "label", 80) : shown,
            Fields.line(node, "type"),
            Fields.line(node, "example", 200)));
  }

  private static Manifest derived(Document page, ToolBrief brief) {
    var inputs =
        page.select(CONTROLS).stream()
            .filter(e -> !e.id().isEmpty())
            .map(e -> input(e, page, brief))
            .toList();
    var outputs =
        page.select("output, [aria-live], [role=status]").stream()
            .filter(e -> !e.id().isEmpty() && !e.id().equals("tool-message"))
            .map(e -> new Control(e.id(), outputLabel(e.id(), page, e, brief), "", ""))
            .toList();
    return new Manifest(brief.name(), inputs, trigger(page), outputs, List.of(), true);
  }

  private static Control input(Element element, Document page, ToolBrief brief) {
    var planned = brief.inputs().stream().filter(i -> i.id().equals(element.id())).findFirst();
    var type =
        switch (element.normalName()) {
          case "select" -> "choice";
          case "textarea" -> "longtext";
          default ->
              switch (element.attr("type").toLowerCase(java.util.Locale.ROOT)) {
                case "number", "range" -> "number";
                case "date" -> "date";
                case "checkbox", "radio" -> "flag";
                default -> "text";
              };
        };
    return new Control(
        element.id(),
        label(element, page),
        type,
        planned.map(i -> Objects.requireNonNullElse(i.example(), "")).orElse(""));
  }

  private static String outputLabel(String id, Document page, Element element, ToolBrief brief) {
    var planned = brief.outputs().stream().filter(o -> o.id().equals(id)).findFirst();
    return planned.map(ToolBrief.Output::label).orElseGet(() -> label(element, page));
  }

  /** The words a user knows a control by. */
  static String label(Element element, Document page) {
    if (element.hasAttr("aria-label")) {
      return Clean.line(element.attr("aria-label"));
    }
    var byFor =
        page.select("label[for]").stream()
            .filter(l -> l.attr("for").equals(element.id()) && !element.id().isEmpty())
            .findFirst();
    var around = element.closest("label");
    var label = byFor.orElse(around);
    return label == null
        ? ""
        : Clean.line(label.ownText().isBlank() ? label.text() : label.ownText())
            .replaceAll("\\s*[:*]+$", "");
  }

  static String trigger(Document page) {
    var button =
        page.select(
                "#tool-run, button[type=submit], input[type=submit], form button:not([type]), button")
            .first();
    return button == null ? "" : button.id();
  }
}

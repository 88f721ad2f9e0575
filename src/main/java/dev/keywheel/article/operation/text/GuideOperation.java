package dev.keywheel.article.operation.text;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.Prompt;
import dev.keywheel.article.operation.conversation.PromptText;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.text.Markdown;
import dev.keywheel.article.text.Sentences;
import dev.keywheel.article.text.Tokenizer;
import dev.keywheel.article.text.WritingSystem;
import dev.keywheel.article.tool.Manifest;
import dev.keywheel.article.tool.Manifest.Control;
import dev.keywheel.article.tool.Numbers;
import dev.keywheel.article.tool.ToolDocument;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jsoup.Jsoup;

/**
 * 4: how the tool is used, held against the real tool: its labels, and an example that was seen to
 * come out like that.
 */
public final class GuideOperation extends BlockOperation {
  private static final int MAX_TOKENS = 2_000;
  private static final int LEAST_WORDS = 200;
  private static final double LABELS_NAMED = 0.8;
  private static final Pattern BOLD =
      Pattern.compile("\\*\\*([^*\n]{1,80})\\*\\*|__([^_\n]{1,80})__");
  private static final Pattern LIST_NUMBER = Pattern.compile("(?m)^\\s*\\d+[.)]\\s");

  /** The blocks in order, and how the page speaks of them. */
  private static final Map<String, String> BLOCKS = blocks();

  private final ArticleRequest articleRequest;
  private final ToolBrief brief;
  private final ToolDocument tool;
  private final Example example;
  private final String instruction;
  private final boolean free;

  /**
   * The example to be told.
   *
   * @param observed whether a browser saw it come out like that; otherwise it is the plan's
   * @param set value by input id
   * @param shown text by output id
   */
  public record Example(boolean observed, Map<String, String> set, Map<String, String> shown) {}

  public GuideOperation(
      ArticleRequest articleRequest,
      ToolBrief brief,
      ToolDocument tool,
      Example example,
      String instruction) {
    this(articleRequest, brief, tool, example, instruction, !instruction.isEmpty());
  }

  private GuideOperation(
      ArticleRequest articleRequest,
      ToolBrief brief,
      ToolDocument tool,
      Example example,
      String instruction,
      boolean free) {
    this.articleRequest = articleRequest;
    this.brief = brief;
    this.tool = tool;
    this.example = example;
    this.instruction = instruction;
    this.free = free;
  }

  private static Map<String, String> blocks() {
    var blocks = new LinkedHashMap<String, String>();
    blocks.put("intro", "introduction");
    blocks.put("what", "explanation");
    blocks.put("steps", "list of steps");
    blocks.put("example", "example");
    blocks.put("limits", "word on limits");
    return Collections.unmodifiableMap(blocks);
  }

  /** The same rules for a guide that is as long or as short as somebody wanted it. */
  public GuideOperation asLongAsWanted() {
    return new GuideOperation(articleRequest, brief, tool, example, instruction, true);
  }

  @Override
  public Operation step() {
    return Operation.GUIDE;
  }

  @Override
  public Prompt prompt() {
    var manifest = tool.manifest();
    var visible = tool.visibleText();
    var filled =
        PromptText.of("guide")
            .filled(
                step(),
                articleRequest,
                Map.of(
                    "name", PromptText.data(manifest.name()),
                    "purpose",
                        PromptText.data(
                            brief.purpose()
                                + (instruction.isEmpty()
                                    ? ""
                                    : " Wish of the editor: " + instruction)),
                    "inputs", listed(manifest.inputs()),
                    "button", PromptText.data(button()),
                    "outputs", listed(manifest.outputs()),
                    "visible",
                        PromptText.data(
                            visible.length() > 1_500 ? visible.substring(0, 1_500) : visible),
                    "origin", example.observed() ? "seen in the tool" : "from the plan",
                    "example", PromptText.data(exampleText(manifest))));
    return new Prompt(
        filled.system(),
        filled.user(),
        WritingSystem.of(articleRequest.language()).tokens(MAX_TOKENS),
        0.5,
        Optional.empty());
  }

  private String button() {
    var page = Jsoup.parse(tool.html());
    var trigger = tool.manifest().trigger();
    var button = trigger.isEmpty() ? null : page.getElementById(trigger);
    return button == null ? "" : button.hasText() ? button.text() : button.attr("value");
  }

  private static String listed(List<Control> controls) {
    return controls.stream()
        .map(c -> "- <<<" + PromptText.data(c.label().isEmpty() ? c.id() : c.label()) + ">>>")
        .collect(Collectors.joining("\n"));
  }

  private String exampleText(Manifest manifest) {
    var inputs =
        example.set().entrySet().stream()
            .map(e -> label(manifest.inputs(), e.getKey()) + " = " + e.getValue());
    var outputs =
        example.shown().entrySet().stream()
            .map(e -> label(manifest.outputs(), e.getKey()) + " = " + e.getValue());
    return inputs.collect(Collectors.joining("; "))
        + " → "
        + outputs.collect(Collectors.joining("; "));
  }

  private static String label(List<Control> controls, String id) {
    return controls.stream()
        .filter(c -> c.id().equals(id))
        .map(Control::label)
        .filter(l -> !l.isEmpty())
        .findFirst()
        .orElse(id);
  }

  @Override
  Map<String, String> titles() {
    var titles = new LinkedHashMap<String, String>();
    BLOCKS.keySet().forEach(id -> titles.put(id, ""));
    return titles;
  }

  @Override
  ArticleRequest wishes() {
    return articleRequest;
  }

  @Override
  String whole() {
    return "The guide";
  }

  @Override
  String spoken(String id) {
    return "The guide's " + BLOCKS.getOrDefault(id, id);
  }

  @Override
  String missing(String id) {
    return id.isEmpty()
        ? "The tool has no guide."
        : "The guide lacks its " + BLOCKS.getOrDefault(id, id) + ".";
  }

  @Override
  List<String> faults(String id, String text) {
    var faults = new ArrayList<>(ContentRules.faults(text, articleRequest));
    if (!Sentences.finished(text)) {
      faults.add("ends in the middle of a sentence");
    }
    if (id.equals("steps")) {
      unknownLabels(text).ifPresent(faults::add);
      labelsLeftOut(text).ifPresent(faults::add);
    }
    if (id.equals("example")) {
      strangeNumbers(text).ifPresent(faults::add);
    }
    return faults;
  }

  @Override
  boolean tooShort(String id, String text) {
    return text.isBlank() || !Sentences.finished(text);
  }

  @Override
  List<String> errors(Texts texts) {
    int words = Tokenizer.count(Markdown.plain(texts.all()));
    return words < LEAST_WORDS && !free
        ? List.of("The guide has " + words + " words; at least " + LEAST_WORDS + " are asked for.")
        : List.of();
  }

  private Optional<String> labelsLeftOut(String steps) {
    var said = steps.toLowerCase(Locale.ROOT);
    var labels =
        tool.manifest().inputs().stream()
            .map(Control::label)
            .filter(l -> !l.isEmpty())
            .distinct()
            .toList();
    var missing = labels.stream().filter(l -> !said.contains(core(l))).toList();
    boolean enough = labels.size() - missing.size() >= Math.ceil(labels.size() * LABELS_NAMED);
    return enough
        ? Optional.empty()
        : Optional.of("does not name these fields: " + String.join(", ", missing));
  }

  /** A label without its unit in brackets. */
  private static String core(String label) {
    var core = label.replaceAll("\\s*[(\\[].*$", "").strip();
    return (core.isEmpty() ? label : core).toLowerCase(Locale.ROOT);
  }

  private Optional<String> unknownLabels(String steps) {
    var page = Jsoup.parse(tool.html());
    page.select("script, style").remove();
    var words =
        page.text().toLowerCase(Locale.ROOT)
            + " "
            + brief.name().toLowerCase(Locale.ROOT)
            + " "
            + String.join(
                    " ", page.select("[value], [placeholder], [aria-label]").eachAttr("value"))
                .toLowerCase(Locale.ROOT);
    var strange =
        BOLD.matcher(steps)
            .results()
            .map(m -> m.group(1) == null ? m.group(2) : m.group(1))
            .map(b -> b.replaceAll("[:.,!]+$", "").strip())
            .filter(
                b ->
                    !b.isEmpty()
                        && !words.contains(core(b))
                        && !b.matches("(?i)(?:step|schritt|étape|paso)?\\s*\\d+"))
            .distinct()
            .toList();
    return strange.isEmpty()
        ? Optional.empty()
        : Optional.of("names in bold what the tool does not have: " + String.join(", ", strange));
  }

  /** Numbers of the example that are in no input, in no result, and nowhere in the tool. */
  private Optional<String> strangeNumbers(String text) {
    var known =
        Stream.of(
                example.set().values().stream(),
                example.shown().values().stream(),
                Stream.of(tool.visibleText()),
                Stream.concat(tool.manifest().inputs().stream(), tool.manifest().outputs().stream())
                    .map(Control::label))
            .flatMap(s -> s)
            .flatMap(v -> Numbers.in(v).stream())
            .toList();
    var strange =
        Numbers.each(LIST_NUMBER.matcher(text).replaceAll("")).stream()
            .filter(n -> n.readings().stream().noneMatch(r -> near(r, known)))
            .map(Numbers.Written::text)
            .distinct()
            .toList();
    return strange.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "uses numbers that are neither in the inputs nor in the result given: "
                + String.join(", ", strange));
  }

  private static boolean near(double n, List<Double> known) {
    return known.stream().anyMatch(k -> Math.abs(k - n) <= Math.max(0.006, Math.abs(k) * 0.0001));
  }

  @Override
  List<String> warnings(Texts texts) {
    var warnings = new ArrayList<String>();
    texts
        .blocks()
        .forEach((id, text) -> warnings.addAll(ContentRules.warnings("@@" + id + "@@", text)));
    if (!example.observed()) {
      warnings.add("The example is from the plan: no browser has seen it.");
    }
    return warnings;
  }
}

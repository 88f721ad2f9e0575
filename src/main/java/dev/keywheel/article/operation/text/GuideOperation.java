package dev.keywheel.article.operation.text;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.Prompt;
import dev.keywheel.article.operation.conversation.PromptText;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.text.MarkdownToHtml;
import dev.keywheel.article.text.Sentences;
import dev.keywheel.article.text.Tokenizer;
import dev.keywheel.article.text.WritingSystem;
import dev.keywheel.article.tool.Manifest;
import dev.keywheel.article.tool.Manifest.Control;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.db.BoundedText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jsoup.Jsoup;

/**
 * Operation 4: the guide to the tool, checked against the labels of the tool and the worked
 * example.
 */
public final class GuideOperation extends BlockOperation {
  private static final int MAX_TOKENS = 2_000;
  private static final int MIN_WORDS = 200;

  /** The names of the blocks for users, by block id and in order. */
  private static final Map<String, String> BLOCKS = blocks();

  private final ToolBrief brief;
  private final ToolDocument tool;
  private final Example example;
  private final String instruction;

  /** Whether the length is not checked. */
  private final boolean anyLength;

  private final ToolMentions toolMentions;

  /**
   * The worked example in the guide.
   *
   * @param observed whether the result was observed in a browser; otherwise the result is from the
   *     plan
   * @param set value by input id
   * @param shown text by output id
   */
  public record Example(boolean observed, Map<String, String> set, Map<String, String> shown) {}

  public GuideOperation(
      ArticleRequest request,
      ToolBrief brief,
      ToolDocument tool,
      Example example,
      String instruction) {
    this(request, brief, tool, example, instruction, !instruction.isEmpty());
  }

  private GuideOperation(
      ArticleRequest request,
      ToolBrief brief,
      ToolDocument tool,
      Example example,
      String instruction,
      boolean anyLength) {
    super(request);
    this.brief = brief;
    this.tool = tool;
    this.example = example;
    this.instruction = instruction;
    this.anyLength = anyLength;
    this.toolMentions = new ToolMentions(tool, brief.name(), example);
  }

  private static Map<String, String> blocks() {
    var blocks = new LinkedHashMap<String, String>();
    blocks.put("intro", "introduction");
    blocks.put("what", "explanation");
    blocks.put("steps", "list of steps");
    blocks.put("example", "example");
    blocks.put("limits", "note on limits");
    return Collections.unmodifiableMap(blocks);
  }

  public GuideOperation withoutLengthRules() {
    return new GuideOperation(request, brief, tool, example, instruction, true);
  }

  @Override
  public Operation step() {
    return Operation.GUIDE;
  }

  @Override
  public Prompt prompt() {
    var manifest = tool.manifest();
    var visible = tool.visibleText();
    return PromptText.of("guide")
        .prompt(
            step(),
            request,
            Map.of(
                "name", PromptText.data(manifest.name()),
                "purpose",
                    PromptText.data(
                        brief.purpose()
                            + (instruction.isEmpty()
                                ? ""
                                : " Editor's instruction: " + instruction)),
                "inputs", listed(manifest.inputs()),
                "button", PromptText.data(button()),
                "outputs", listed(manifest.outputs()),
                "visible", PromptText.data(BoundedText.start(visible, 1_500)),
                "origin", example.observed() ? "seen in the tool" : "from the plan",
                "example", PromptText.data(exampleText(manifest))),
            WritingSystem.of(request.language()).tokens(MAX_TOKENS),
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
  String whole() {
    return "The guide";
  }

  @Override
  String displayName(String id) {
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
    var faults = new ArrayList<>(ContentRules.faults(text, request));
    if (!Sentences.finished(text)) {
      faults.add("ends in the middle of a sentence");
    }
    if (id.equals("steps")) {
      toolMentions.unknownLabels(text).ifPresent(faults::add);
      toolMentions.missingLabels(text).ifPresent(faults::add);
    }
    if (id.equals("example")) {
      toolMentions.unknownNumbers(text).ifPresent(faults::add);
    }
    return faults;
  }

  @Override
  boolean mustRewrite(String id, String text) {
    return text.isBlank() || !Sentences.finished(text);
  }

  @Override
  List<String> errors(Texts texts) {
    int words = Tokenizer.count(MarkdownToHtml.plain(texts.all()));
    return words < MIN_WORDS && !anyLength
        ? List.of("The guide has " + words + " words; at least " + MIN_WORDS + " are required.")
        : List.of();
  }

  @Override
  List<String> warnings(Texts texts) {
    var warnings = super.warnings(texts);
    if (!example.observed()) {
      warnings.add("The example is from the plan: no browser has run it.");
    }
    return warnings;
  }
}

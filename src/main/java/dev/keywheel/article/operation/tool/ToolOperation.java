package dev.keywheel.article.operation.tool;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.ParsedReply;
import dev.keywheel.article.operation.conversation.Prompt;
import dev.keywheel.article.operation.conversation.PromptText;
import dev.keywheel.article.operation.conversation.TextOperation;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.reply.CodeFence;
import dev.keywheel.article.reply.ContinuationMerger;
import dev.keywheel.article.reply.ReplyCleaner;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.judge.TestCaseMapper;
import dev.keywheel.article.tool.rules.ToolLinter;
import dev.keywheel.db.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Operation 2: the tool. Requests a correction only for a missing or incomplete document, a missing
 * or unusable script, and test cases that cannot run. Operation 3 handles all other findings.
 */
public final class ToolOperation implements TextOperation<ToolDocument> {
  private static final int MAX_TOKENS = 8_000;
  private static final int TAIL_LENGTH = 600;
  private static final int MAX_PROSE_LINES = 6;

  /** An empty line or a line of prose, without the characters that most lines of code have. */
  private static final Pattern PROSE_LINE = Pattern.compile("(?!```)[^\\n<>{}=;]*\\n");

  private final ArticleRequest articleRequest;
  private final PagePlan plan;
  private final String instruction;

  /**
   * @param instruction the instruction of the editor for a regenerated tool; may be empty
   */
  public ToolOperation(ArticleRequest articleRequest, PagePlan plan, String instruction) {
    this.articleRequest = articleRequest;
    this.plan = plan;
    this.instruction = instruction;
  }

  @Override
  public Operation step() {
    return Operation.TOOL;
  }

  @Override
  public Prompt prompt() {
    var prompt =
        PromptText.of("tool")
            .prompt(
                step(),
                articleRequest,
                Map.of(
                    "title",
                    PromptText.data(plan.title()),
                    "brief",
                    PromptText.data(Json.text(plan.tool()))),
                MAX_TOKENS,
                0.2,
                Optional.empty());
    var wish =
        instruction.isEmpty()
            ? ""
            : "\nEditor's instruction: <<<" + PromptText.data(instruction) + ">>>";
    return prompt.withAppended(wish);
  }

  @Override
  public ParsedReply<ToolDocument> read(String reply, boolean cut) {
    return document(ReplyCleaner.visible(reply), cut);
  }

  private ParsedReply<ToolDocument> document(String visible, boolean cut) {
    var repairs = new ArrayList<String>();
    var html = html(visible, repairs);
    if (html.isEmpty()) {
      return ParsedReply.useless(visible, cut, repairs, "It contains no HTML document.");
    }
    boolean unfinished = !ToolDocument.isComplete(html.get());
    var tool = ToolDocument.of(html.get(), plan.tool(), articleRequest.language());
    repairs.addAll(tool.repairs());
    var found = ToolLinter.check(tool, articleRequest.language());
    var errors = new ArrayList<String>();
    if (unfinished && !cut) {
      errors.add("The document does not end with </html>.");
    }
    found.stream()
        .filter(f -> f.isError() && f.rule().equals("T06"))
        .map(Finding::text)
        .distinct()
        .limit(4)
        .forEach(errors::add);
    new TestCaseMapper(plan.tool(), tool)
        .unusableIds()
        .filter(_ -> !unfinished)
        .ifPresent(errors::add);
    var warnings =
        found.stream().filter(f -> !f.rule().equals("T06")).map(f -> f.line("")).toList();
    return new ParsedReply<>(tool, errors, warnings, repairs, cut && unfinished, visible);
  }

  /** The document in a fence, closed or not, or in the bare reply. */
  static Optional<String> html(String visible, List<String> repairs) {
    var fence = CodeFence.first(visible, "html").flatMap(f -> ToolDocument.find(f.body()));
    if (fence.isPresent()) {
      return fence;
    }
    var bare = ToolDocument.find(visible);
    bare.ifPresent(_ -> repairs.add("document found without a fence"));
    return bare.map(h -> h.replaceFirst("\\n```\\s*$", ""));
  }

  @Override
  public String tail(ParsedReply<ToolDocument> parsedReply) {
    var text = parsedReply.text();
    return text.substring(Math.max(0, text.length() - TAIL_LENGTH));
  }

  @Override
  public String rest(ParsedReply<ToolDocument> parsedReply) {
    return "Your reply was cut. These are its last characters. Go on from the exact next character up to </html>; no fence, no comment, nothing twice.";
  }

  @Override
  public ParsedReply<ToolDocument> with(
      ParsedReply<ToolDocument> parsedReply, String reply, boolean cut, Ask ask) {
    return switch (ask) {
      case CORRECTION -> read(reply, cut);
      case REST -> {
        var more = continuation(parsedReply.text(), ReplyCleaner.visible(reply));
        boolean startsOver =
            more.regionMatches(true, 0, "<!doctype", 0, 9)
                || more.regionMatches(true, 0, "<html", 0, 5);
        // Without an overlap the continuation begins where the text ended, perhaps inside a line.
        var joined = ContinuationMerger.joined(parsedReply.text(), more);
        // After a cut inside a tag, the continuation may begin with the space between two words.
        var space = reply.startsWith(" ") ? " " : "";
        yield document(startsOver ? more : joined.orElse(parsedReply.text() + space + more), cut);
      }
    };
  }

  /**
   * Removes the introduction from a continuation. Returns the part with the longest overlap with
   * the end of {@code text}. Without an overlap, returns the content of the fence if only prose
   * precedes the fence, and otherwise the whole reply.
   */
  private static String continuation(String text, String reply) {
    var bare = reply.replaceFirst("\\n?```\\s*$", "");
    var starts = new ArrayList<String>();
    CodeFence.first(reply, "html", "javascript", "js")
        .filter(f -> !f.body().isBlank())
        .ifPresent(f -> starts.add(f.body().stripTrailing()));
    starts.add(bare);
    var rest = bare;
    for (int i = 0; i < MAX_PROSE_LINES && PROSE_LINE.matcher(rest).lookingAt(); i++) {
      rest = rest.substring(rest.indexOf('\n') + 1);
      starts.add(rest);
    }
    var joins =
        Collections.max(starts, Comparator.comparingInt(s -> ContinuationMerger.overlap(text, s)));
    if (ContinuationMerger.overlap(text, joins) > 0) {
      return joins;
    }
    boolean fenced = rest.startsWith("```") && starts.size() > 1;
    return fenced ? starts.getFirst() : bare;
  }

  @Override
  public Remainder remainder(ToolDocument tool, List<String> errors) {
    // Operation 3 corrects the errors of a complete tool.
    return ToolDocument.isComplete(tool.html()) ? Remainder.COMPLETE : Remainder.NOTHING;
  }
}

package dev.keywheel.article.operation;

import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Wishes;
import dev.keywheel.article.reply.Fence;
import dev.keywheel.article.reply.Joint;
import dev.keywheel.article.reply.Reply;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.StaticRules;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.db.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * 2: the tool. Only what makes it no tool at all is asked for again here; whatever else the rules
 * find goes to operation 3, which is there for it, so that no call is spent twice.
 */
public final class ToolOperation implements TextOperation<ToolDocument> {
  private static final int MAX_TOKENS = 8_000;
  private static final int TAIL = 600;

  private final Wishes wishes;
  private final PagePlan plan;
  private final String instruction;

  /**
   * @param instruction the editor's wish for a tool that is made again; may be empty
   */
  public ToolOperation(Wishes wishes, PagePlan plan, String instruction) {
    this.wishes = wishes;
    this.plan = plan;
    this.instruction = instruction;
  }

  @Override
  public Step step() {
    return Step.TOOL;
  }

  @Override
  public Prompt prompt() {
    var filled =
        PromptText.of("tool")
            .filled(
                step(),
                wishes,
                Map.of(
                    "title",
                    PromptText.data(plan.title()),
                    "brief",
                    PromptText.data(Json.text(plan.tool()))));
    var wish =
        instruction.isEmpty()
            ? ""
            : "\nWish of the editor: <<<" + PromptText.data(instruction) + ">>>";
    return new Prompt(filled.system(), filled.user() + wish, MAX_TOKENS, 0.2, Optional.empty());
  }

  @Override
  public Draft<ToolDocument> read(String reply, boolean cut) {
    return document(Reply.visible(reply), cut);
  }

  private Draft<ToolDocument> document(String visible, boolean cut) {
    var repairs = new ArrayList<String>();
    var html = html(visible, repairs);
    if (html.isEmpty()) {
      return Draft.useless(visible, cut, repairs, "It holds no HTML document.");
    }
    boolean unfinished = !ToolDocument.whole(html.get());
    var tool = ToolDocument.of(html.get(), plan.tool(), wishes.language());
    repairs.addAll(tool.repairs());
    var found = StaticRules.check(tool, wishes.language());
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
    var warnings =
        found.stream().filter(f -> !f.rule().equals("T06")).map(f -> f.line("")).toList();
    return new Draft<>(tool, errors, warnings, repairs, cut && unfinished, visible);
  }

  /** The document in a fence, open or closed, or in the bare reply. */
  static Optional<String> html(String visible, List<String> repairs) {
    var fence = Fence.first(visible, "html").flatMap(f -> ToolDocument.find(f.body()));
    if (fence.isPresent()) {
      return fence;
    }
    var bare = ToolDocument.find(visible);
    bare.ifPresent(_ -> repairs.add("document found without a fence"));
    return bare.map(h -> h.replaceFirst("\\n```\\s*$", ""));
  }

  @Override
  public String tail(Draft<ToolDocument> draft) {
    var text = draft.text();
    return text.substring(Math.max(0, text.length() - TAIL));
  }

  @Override
  public String rest(Draft<ToolDocument> draft) {
    return "Your reply was cut. These are its last characters. Go on from the exact next character up to </html>; no fence, no comment, nothing twice.";
  }

  @Override
  public Draft<ToolDocument> with(Draft<ToolDocument> draft, String reply, boolean cut, Ask ask) {
    return switch (ask) {
      case CORRECTION -> read(reply, cut);
      case REST -> {
        var more = unfenced(Reply.visible(reply));
        boolean startsOver =
            more.regionMatches(true, 0, "<!doctype", 0, 9)
                || more.regionMatches(true, 0, "<html", 0, 5);
        yield startsOver ? document(more, cut) : document(joined(draft.text(), more), cut);
      }
    };
  }

  /**
   * Without an overlap the continuation begins where the text ended, which may be inside a line.
   */
  private static String joined(String text, String more) {
    return Joint.appended(text, more);
  }

  private static String unfenced(String more) {
    var fence = Fence.first(more, "html", "javascript", "js");
    return fence.isPresent() && more.startsWith("```")
        ? fence.get().body().stripTrailing()
        : more.replaceFirst("\\n?```\\s*$", "");
  }

  @Override
  public Remainder remainder(ToolDocument tool, List<String> errors) {
    // A tool with errors still goes to the checker, whose work it is to put them right; a stump
    // does not.
    return ToolDocument.whole(tool.html()) ? Remainder.COMPLETE : Remainder.NOTHING;
  }
}

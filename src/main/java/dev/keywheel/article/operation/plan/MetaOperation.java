package dev.keywheel.article.operation.plan;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.operation.conversation.ParsedReply;
import dev.keywheel.article.operation.conversation.Prompt;
import dev.keywheel.article.operation.conversation.PromptText;
import dev.keywheel.article.operation.conversation.TextOperation;
import dev.keywheel.article.operation.plan.PlanRules.BrokenRule;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.ContentGap;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.reply.ContinuationMerger;
import dev.keywheel.article.reply.JsonReply;
import dev.keywheel.article.reply.ReplyCleaner;
import dev.keywheel.article.text.WritingSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Operation 1: the plan of the page. All other operations need it. */
public final class MetaOperation implements TextOperation<PagePlan> {
  private static final int MAX_TOKENS = 3_500;

  /** Fields that identify a plan among the objects of a reply. */
  private static final String[] WANTED = {"section_1", "section_2", "faq", "tool"};

  private final ArticleRequest articleRequest;

  public MetaOperation(ArticleRequest articleRequest) {
    this.articleRequest = articleRequest;
  }

  @Override
  public Operation step() {
    return Operation.META;
  }

  @Override
  public Prompt prompt() {
    var schema = PromptText.schema("meta");
    return PromptText.of("meta")
        .prompt(
            step(),
            articleRequest,
            Map.of(
                "schema",
                schema,
                "topic",
                PromptText.data(articleRequest.topic()),
                "notes",
                articleRequest.notes().isEmpty() ? "none" : PromptText.data(articleRequest.notes()),
                "keywords",
                articleRequest.keywords().isEmpty()
                    ? "none"
                    : PromptText.data(String.join(", ", articleRequest.keywords())),
                "headings",
                articleRequest.length() == Length.SHORT ? "2 to 3" : "3 to 5",
                "words",
                Integer.toString(articleRequest.length().words())),
            WritingSystem.of(articleRequest.language()).tokens(MAX_TOKENS),
            0.6,
            Optional.of(schema));
  }

  @Override
  public ParsedReply<PagePlan> read(String reply, boolean cut) {
    var visible = ReplyCleaner.visible(reply);
    var json = JsonReply.read(visible, WANTED);
    if (json.object().isEmpty()) {
      return ParsedReply.useless(
          visible, cut, json.repairs(), "It contains no readable JSON object.");
    }
    var reader = new PlanReader(articleRequest);
    var plan = reader.plan(json.object().get());
    var errors = PlanRules.broken(plan, articleRequest).stream().map(BrokenRule::error).toList();
    boolean usable =
        plan.title().length() >= 3
            && plan.section1().headings().size() >= 1
            && plan.section2().headings().size() >= 1;
    boolean stillCut = cut && !(usable && json.complete());
    return new ParsedReply<>(
        usable ? plan : null, errors, reader.warnings(), json.repairs(), stillCut, visible);
  }

  @Override
  public ParsedReply<PagePlan> with(
      ParsedReply<PagePlan> parsedReply, String reply, boolean cut, Ask ask) {
    return switch (ask) {
      case REST -> {
        var more = ReplyCleaner.visible(reply);
        // Some models start over instead of continuing: then the new reply is parsed alone.
        yield more.startsWith("{\"title")
            ? read(reply, cut)
            : read(ContinuationMerger.appended(parsedReply.text(), more), cut);
      }
      case CORRECTION -> read(reply, cut);
    };
  }

  @Override
  public String rest(ParsedReply<PagePlan> parsedReply) {
    return "Your reply was cut. Go on from the exact next character, without repeating anything and"
        + " without a fence.";
  }

  @Override
  public Remainder remainder(PagePlan plan, List<String> errors) {
    var gaps = new ArrayList<ContentGap>();
    if (!PlanRules.hasTool(plan)) {
      gaps.add(ContentGap.of("The plan has no tool."));
    }
    gaps.addAll(findGaps(plan));
    return Remainder.withGaps(gaps);
  }

  /** The gaps and errors of a plan that affect the page, except those of its tool, for users. */
  public List<ContentGap> findGaps(PagePlan plan) {
    return PlanRules.broken(plan, articleRequest).stream()
        .map(BrokenRule::gap)
        .filter(gap -> !gap.isEmpty())
        .map(ContentGap::of)
        .toList();
  }
}

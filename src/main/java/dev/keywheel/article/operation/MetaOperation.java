package dev.keywheel.article.operation;

import dev.keywheel.article.operation.PlanRules.Broken;
import dev.keywheel.article.plan.Lack;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Wishes;
import dev.keywheel.article.reply.Joint;
import dev.keywheel.article.reply.JsonReply;
import dev.keywheel.article.reply.Reply;
import dev.keywheel.article.text.Writing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** 1: the plan of the page. Without it nothing else can start. */
public final class MetaOperation implements TextOperation<PagePlan> {
  private static final int MAX_TOKENS = 3_500;

  /** By these a plan is known from other objects in a reply. */
  private static final String[] WANTED = {"section_1", "section_2", "faq", "tool"};

  private final Wishes wishes;

  public MetaOperation(Wishes wishes) {
    this.wishes = wishes;
  }

  @Override
  public Step step() {
    return Step.META;
  }

  @Override
  public Prompt prompt() {
    var schema = Schemas.text("meta");
    var filled =
        PromptText.of("meta")
            .filled(
                step(),
                wishes,
                Map.of(
                    "schema",
                    schema,
                    "topic",
                    PromptText.data(wishes.topic()),
                    "notes",
                    wishes.notes().isEmpty() ? "none" : PromptText.data(wishes.notes()),
                    "keywords",
                    wishes.keywords().isEmpty()
                        ? "none"
                        : PromptText.data(String.join(", ", wishes.keywords())),
                    "headings",
                    wishes.length() == Length.SHORT ? "2 to 3" : "3 to 5",
                    "words",
                    Integer.toString(wishes.length().words())));
    return new Prompt(
        filled.system(),
        filled.user(),
        Writing.of(wishes.language()).tokens(MAX_TOKENS),
        0.6,
        Optional.of(schema));
  }

  @Override
  public Draft<PagePlan> read(String reply, boolean cut) {
    var visible = Reply.visible(reply);
    var json = JsonReply.read(visible, WANTED);
    if (json.object().filter(o -> Stream.of(WANTED).anyMatch(o::has)).isEmpty()) {
      return Draft.useless(
          visible, cut, json.repairs(), "It holds no JSON object that can be read.");
    }
    var reader = new PlanReader(wishes);
    var plan = reader.plan(json.object().get());
    var errors = PlanRules.broken(plan, wishes).stream().map(Broken::error).toList();
    boolean usable =
        plan.title().length() >= 3
            && plan.section1().headings().size() >= 1
            && plan.section2().headings().size() >= 1;
    boolean stillCut = cut && !json.complete();
    return new Draft<>(
        usable ? plan : null, errors, reader.warnings(), json.repairs(), stillCut, visible);
  }

  @Override
  public Draft<PagePlan> with(Draft<PagePlan> draft, String reply, boolean cut, Ask ask) {
    return switch (ask) {
      case REST -> {
        var more = Reply.visible(reply);
        // Some models start over instead of going on: then the new reply is read by itself.
        yield more.startsWith("{\"title")
            ? read(reply, cut)
            : read(Joint.appended(draft.text(), more), cut);
      }
      case CORRECTION -> read(reply, cut);
    };
  }

  @Override
  public String tail(Draft<PagePlan> draft) {
    return draft.text();
  }

  @Override
  public String rest(Draft<PagePlan> draft) {
    return "Your reply was cut. Go on from the exact next character, without repeating anything and"
        + " without a fence.";
  }

  @Override
  public Remainder remainder(PagePlan plan, List<String> errors) {
    var lacks = new ArrayList<Lack>();
    if (!PlanRules.hasTool(plan)) {
      lacks.add(Lack.of("The plan has no tool."));
    }
    lacks.addAll(lacks(plan));
    return Remainder.lacking(lacks);
  }

  /** What a plan lacks or has wrong beside its tool, for whoever answers for the page. */
  public List<Lack> lacks(PagePlan plan) {
    return PlanRules.broken(plan, wishes).stream()
        .map(Broken::lack)
        .filter(lack -> !lack.isEmpty())
        .map(Lack::of)
        .toList();
  }
}

package dev.keywheel.article.operation;

import dev.keywheel.article.plan.Length;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.Wishes;
import dev.keywheel.article.reply.Joint;
import dev.keywheel.article.reply.JsonReply;
import dev.keywheel.article.reply.Reply;
import dev.keywheel.article.text.Language;
import dev.keywheel.article.text.Words;
import dev.keywheel.article.text.Writing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** 1: the plan of the page. Without it nothing else can start. */
public final class MetaOperation implements TextOperation<PagePlan> {
  private static final int MAX_TOKENS = 3_500;
  private static final double TOO_ALIKE = 0.6;

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
    var json = JsonReply.read(visible);
    if (json.object().isEmpty()) {
      return Draft.useless(
          visible, cut, json.repairs(), "It holds no JSON object that can be read.");
    }
    var reader = new PlanReader(wishes);
    var plan = reader.plan(json.object().get());
    var errors = errors(plan);
    boolean usable =
        plan.title().length() >= 3
            && plan.section1().headings().size() >= 1
            && plan.section2().headings().size() >= 1;
    boolean stillCut = cut && !json.complete();
    return new Draft<>(
        usable ? plan : null, errors, reader.warnings(), json.repairs(), stillCut, visible);
  }

  private List<String> errors(PagePlan plan) {
    var errors = new ArrayList<String>();
    if (plan.title().length() < 3) {
      errors.add("\"title\" is missing.");
    }
    for (int n = 1; n <= 2; n++) {
      if (plan.section(n).headings().size() < 2) {
        errors.add(
            "\"section_" + n + "\" needs at least 2 headings, each with \"text\" and \"points\".");
      }
    }
    if (plan.tool().name().isEmpty()
        || plan.tool().inputs().isEmpty()
        || plan.tool().outputs().isEmpty()) {
      errors.add("\"tool\" needs a name, at least one input and at least one output.");
    }
    if (plan.faq().size() < 3) {
      errors.add("\"faq\" needs 4 to 8 questions.");
    }
    errors.addAll(twins(plan.headings().toList()));
    var words =
        new StringBuilder(plan.title())
            .append(". ")
            .append(plan.summary())
            .append(' ')
            .append(plan.metaDescription());
    plan.headings()
        .forEach(
            h ->
                words
                    .append(' ')
                    .append(h.text())
                    .append(". ")
                    .append(String.join(". ", h.points())));
    if (Language.wrong(words.toString(), wishes.language())) {
      errors.add("The plan is not in " + wishes.languageName() + ".");
    }
    return errors;
  }

  private static List<String> twins(List<Heading> headings) {
    var errors = new ArrayList<String>();
    for (int i = 0; i < headings.size(); i++) {
      for (int j = i + 1; j < headings.size(); j++) {
        var a = headings.get(i);
        var b = headings.get(j);
        if (Words.alike(a.text(), b.text()) > TOO_ALIKE) {
          errors.add("The headings \"" + a.text() + "\" and \"" + b.text() + "\" say the same.");
        } else if (shared(a.points(), b.points())) {
          errors.add(
              "The headings \""
                  + a.text()
                  + "\" and \""
                  + b.text()
                  + "\" share most of their points.");
        }
      }
    }
    return errors;
  }

  /** More than half of the points of one heading are under the other as well. */
  private static boolean shared(List<String> a, List<String> b) {
    long same = a.stream().filter(p -> b.stream().anyMatch(q -> Words.alike(p, q) > 0.8)).count();
    return !a.isEmpty() && same * 2 > a.size();
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
    return "Your reply was cut. Go on from the exact next character, without repeating anything and without a fence.";
  }

  @Override
  public Remainder remainder(PagePlan plan, List<String> errors) {
    boolean noTool =
        plan.tool().name().isEmpty()
            || plan.tool().inputs().isEmpty()
            || plan.tool().outputs().isEmpty();
    return noTool ? Remainder.lacking("The plan has no tool.") : Remainder.COMPLETE;
  }
}

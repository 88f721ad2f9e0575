package dev.keywheel.article.run.model;

import dev.keywheel.article.operation.plan.MetaOperation;
import dev.keywheel.article.operation.text.BlockOperation;
import dev.keywheel.article.operation.text.FaqOperation;
import dev.keywheel.article.operation.text.GuideOperation;
import dev.keywheel.article.operation.text.SectionOperation;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.ContentGap;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.PagePlan.Question;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.run.model.PartBodies.ToolBody;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds content of a page that is missing according to its plan, or wrong according to the rules of
 * the operations. Depends only on the current content. Pure.
 */
public final class Gaps {
  private final PartSet partSet;
  private final PagePlan plan;
  private final ArticleRequest articleRequest;
  private final List<ContentGap> found = new ArrayList<>();

  private Gaps(PartSet partSet, PagePlan plan, String language) {
    this.partSet = partSet;
    this.plan = plan;
    this.articleRequest =
        new ArticleRequest(plan.title(), language, "", "", Length.STANDARD, List.of(), "", true);
  }

  /**
   * The gaps of a page; none while there is no plan, because there is no page then.
   *
   * @param language ISO code of the article's language
   */
  public static List<ContentGap> of(PartSet partSet, String language) {
    return partSet.plan().map(plan -> new Gaps(partSet, plan, language).all()).orElse(List.of());
  }

  private List<ContentGap> all() {
    if (!byPerson(PartName.PLAN)) {
      found.addAll(new MetaOperation(articleRequest).findGaps(plan));
    }
    tool();
    var first = partSet.texts(PartName.SECTION_1);
    var second = partSet.texts(PartName.SECTION_2);
    section(PartName.SECTION_1, new SectionOperation(articleRequest, plan, 1, new Texts(Map.of())));
    section(PartName.SECTION_2, new SectionOperation(articleRequest, plan, 2, first));
    if (!plan.faq().isEmpty()) {
      var answers = plan.faq().stream().map(Question::id);
      text(
          PartName.FAQ,
          new FaqOperation(articleRequest, plan, List.of(first, second), "")
              .withoutLengthRules(blocksOfAnyLength(PartName.FAQ, answers)));
    }
    if (partSet.part(PartName.IMAGE).isEmpty()) {
      found.add(ContentGap.of("There is no picture."));
    }
    return List.copyOf(found);
  }

  private void tool() {
    var tool = partSet.tool();
    if (tool.isEmpty()) {
      found.add(ContentGap.of("There is no tool."));
    } else if (!tool.get().accepted()) {
      found.add(ContentGap.of("The tool did not pass its checks and is left out."));
    }
    var shown = tool.filter(ToolBody::accepted);
    if (shown.isEmpty()) {
      found.add(ContentGap.of("There is no guide, since there is no tool to explain."));
      return;
    }
    var guide =
        new GuideOperation(
            articleRequest,
            plan.tool(),
            shown.get().document(),
            ToolExample.of(shown.get(), plan),
            "");
    boolean free = byPerson(PartName.GUIDE) || !asked(PartName.GUIDE).isEmpty();
    text(PartName.GUIDE, free ? guide.withoutLengthRules() : guide);
  }

  private void section(PartName part, SectionOperation operation) {
    var headings = plan.section(part == PartName.SECTION_1 ? 1 : 2).headings();
    text(
        part,
        operation.withoutLengthRules(blocksOfAnyLength(part, headings.stream().map(Heading::id))));
  }

  private void text(PartName part, BlockOperation rules) {
    found.addAll(rules.findGaps(partSet.texts(part)));
  }

  /** Blocks whose length a user decided: those that a user wrote or requested. */
  private Set<String> blocksOfAnyLength(PartName part, Stream<String> all) {
    return byPerson(part) ? all.collect(Collectors.toSet()) : asked(part);
  }

  private Set<String> asked(PartName part) {
    return partSet.part(part).map(p -> p.as(TextBody.class).asked()).orElse(Set.of());
  }

  private boolean byPerson(PartName part) {
    return partSet.part(part).filter(Part::byPerson).isPresent();
  }
}

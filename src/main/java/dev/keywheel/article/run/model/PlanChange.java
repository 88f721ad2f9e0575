package dev.keywheel.article.run.model;

import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.model.PartBodies.TextBody;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The effect of a new plan on the texts of an old one: which parts no longer follow the plan, and
 * where each text belongs when headings have moved. Pure.
 *
 * @param byHand whether a user, not a model, changed the plan
 */
public record PlanChange(PagePlan from, PagePlan to, boolean byHand) {
  /** Parts whose texts are under headings of the plan. */
  public static final List<PartName> WITH_HEADINGS =
      List.of(PartName.SECTION_1, PartName.SECTION_2, PartName.FAQ);

  /** Parts whose input in the plan has changed. */
  public Set<PartName> stale() {
    var stale = EnumSet.noneOf(PartName.class);
    if (!from.tool().equals(to.tool())) {
      stale.addAll(List.of(PartName.TOOL, PartName.REVIEW, PartName.GUIDE));
    }
    if (!from.section1().headings().equals(to.section1().headings())) {
      stale.add(PartName.SECTION_1);
    }
    if (!from.section2().headings().equals(to.section2().headings())) {
      stale.add(PartName.SECTION_2);
    }
    if (!from.faq().equals(to.faq())) {
      stale.add(PartName.FAQ);
    }
    if (!from.image().equals(to.image())) {
      stale.add(PartName.IMAGE);
    }
    return stale;
  }

  /** The texts of a version of a part, moved to the headings of the new plan. */
  public TextBody texts(PartName part, TextBody body) {
    var before = Headings.of(from, part);
    var after = Headings.of(to, part);
    return before.equals(after) ? body : after.placed(body, before, byHand);
  }
}

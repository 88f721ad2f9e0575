package dev.keywheel.article.run;

import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.PagePlan.Question;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.text.Words;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * What a new plan means for the texts of an old one: which parts are no longer what was planned,
 * and where each text belongs when headings have moved. Pure.
 */
public record PlanChange(PagePlan from, PagePlan to) {
  private static final double SAME = 0.5;

  /** Parts that were made from something that is different now. */
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

  /**
   * The texts of a section under their headings' new ids; a text whose heading is gone is left out.
   */
  public Texts section(int number, Texts texts) {
    return moved(
        from.section(number).headings(),
        to.section(number).headings(),
        Heading::id,
        Heading::text,
        texts);
  }

  public Texts faq(Texts texts) {
    return moved(from.faq(), to.faq(), Question::id, Question::text, texts);
  }

  private static <T> Texts moved(
      List<T> before,
      List<T> after,
      Function<T, String> id,
      Function<T, String> text,
      Texts texts) {
    var blocks = new LinkedHashMap<String, String>();
    for (var heading : after) {
      before.stream()
          .filter(b -> text.apply(b).equals(text.apply(heading)))
          .findFirst()
          .or(
              () ->
                  before.stream()
                      .filter(b -> Words.alike(text.apply(b), text.apply(heading)) >= SAME)
                      .findFirst())
          .or(
              () ->
                  before.stream()
                      .filter(
                          b ->
                              before.size() == after.size()
                                  && id.apply(b).equals(id.apply(heading)))
                      .findFirst())
          .map(b -> texts.of(id.apply(b)))
          .filter(t -> !t.isBlank())
          .ifPresent(t -> blocks.put(id.apply(heading), t));
    }
    return new Texts(blocks);
  }
}

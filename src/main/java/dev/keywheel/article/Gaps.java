package dev.keywheel.article;

import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.PagePlan.Heading;
import dev.keywheel.article.plan.PagePlan.Question;
import dev.keywheel.article.run.Material;
import dev.keywheel.article.run.PartBodies.ToolBody;
import dev.keywheel.article.run.PartName;
import java.util.ArrayList;
import java.util.List;

/**
 * What a page lacks of its plan, as sentences for its editor: by what is there now, whoever made it
 * or failed to. Pure.
 */
final class Gaps {
  private Gaps() {}

  /** None while there is no plan: then there is no page. */
  static List<String> of(Material material) {
    return material.plan().map(plan -> of(material, plan)).orElse(List.of());
  }

  private static List<String> of(Material material, PagePlan plan) {
    var gaps = new ArrayList<String>();
    var tool = material.tool();
    if (tool.isEmpty()) {
      gaps.add("There is no tool.");
    } else if (!tool.get().accepted()) {
      gaps.add("The tool did not pass its checks and is left out.");
    }
    boolean shown = tool.filter(ToolBody::accepted).isPresent();
    if (shown && material.texts(PartName.GUIDE).blocks().isEmpty()) {
      gaps.add("The tool has no guide.");
    }
    section(material, PartName.SECTION_1, plan.section1().headings(), gaps);
    section(material, PartName.SECTION_2, plan.section2().headings(), gaps);
    faq(material, plan.faq(), gaps);
    if (material.part(PartName.IMAGE).isEmpty()) {
      gaps.add("There is no picture.");
    }
    return List.copyOf(gaps);
  }

  private static void section(
      Material material, PartName part, List<Heading> headings, List<String> gaps) {
    var texts = material.texts(part);
    if (headings.stream().allMatch(h -> texts.of(h.id()).isBlank())) {
      gaps.add(part.label() + " has no text.");
      return;
    }
    headings.stream()
        .filter(h -> texts.of(h.id()).isBlank())
        .forEach(h -> gaps.add("There is no text under \"" + h.text() + "\"."));
  }

  private static void faq(Material material, List<Question> questions, List<String> gaps) {
    var texts = material.texts(PartName.FAQ);
    var open = questions.stream().filter(q -> texts.of(q.id()).isBlank()).toList();
    if (open.size() == questions.size()) {
      gaps.add("No question is answered.");
    } else {
      open.forEach(q -> gaps.add("There is no answer to \"" + q.text() + "\"."));
    }
  }
}

package dev.keywheel.article.run;

import dev.keywheel.article.page.ArticleParts;
import dev.keywheel.article.page.ArticleParts.Text;
import dev.keywheel.article.page.Publication;
import dev.keywheel.article.page.Quality;
import dev.keywheel.article.page.Scoring;
import dev.keywheel.article.plan.Lack;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.PartBodies.ImageBody;
import dev.keywheel.article.run.PartBodies.ToolBody;
import dev.keywheel.article.run.PartRows.Part;
import dev.keywheel.article.text.Markdown.Links;
import dev.keywheel.article.tool.BrowserCheck;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** From the parts in the database to the article. */
public final class Assembled {
  private Assembled() {}

  /** What an article says of itself beside its parts. */
  public record About(
      String language,
      Instant published,
      Instant updated,
      @Nullable Instant reviewed,
      Publication publication) {}

  /** Everything the page is made of; empty while there is no plan. */
  public static Optional<ArticleParts> parts(Material material, About about) {
    return material.plan().map(plan -> parts(material, shown(material, plan), about));
  }

  /** The plan with the headings that only the texts still have. */
  private static PagePlan shown(Material material, PagePlan plan) {
    var questions = new ArrayList<>(plan.faq());
    kept(material, plan, PartName.FAQ)
        .forEach((id, text) -> questions.add(new PagePlan.Question(id, text)));
    return plan.with(
        Headings.shown(plan.section1().headings(), kept(material, plan, PartName.SECTION_1)),
        Headings.shown(plan.section2().headings(), kept(material, plan, PartName.SECTION_2)),
        questions);
  }

  private static Map<String, String> kept(Material material, PagePlan plan, PartName part) {
    return Headings.of(plan, part).keptIn(material.body(part));
  }

  private static ArticleParts parts(Material material, PagePlan plan, About about) {
    var image = material.part(PartName.IMAGE).map(p -> p.as(ImageBody.class));
    var tool = material.tool().filter(ToolBody::accepted).map(ToolBody::document);
    return new ArticleParts(
        about.language(),
        plan,
        tool.orElse(null),
        text(material, PartName.GUIDE),
        text(material, PartName.SECTION_1),
        text(material, PartName.SECTION_2),
        text(material, PartName.FAQ),
        image.isPresent(),
        image.map(ImageBody::alt).orElse(plan.image().alt()),
        about.published(),
        about.updated(),
        about.reviewed(),
        about.publication());
  }

  /** Links stand where a person put them: in versions that were edited. */
  private static Text text(Material material, PartName name) {
    boolean byPerson = material.part(name).filter(Part::byPerson).isPresent();
    return new Text(material.texts(name), byPerson ? Links.KEPT : Links.DROPPED);
  }

  public static Quality quality(Material material, ArticleParts parts) {
    return quality(material, parts, Gaps.of(material, parts.language()));
  }

  /** The same with the gaps that were looked for already. */
  public static Quality quality(Material material, ArticleParts parts, List<Lack> lacks) {
    var tool = material.tool().filter(ToolBody::accepted);
    return Scoring.of(
        parts,
        lacks,
        tool.map(ToolBody::findings).orElse(List.of()),
        tool.map(ToolBody::browser).orElse(BrowserCheck.notRun("there is no tool")));
  }
}
